#include "resolver/zone.hpp"

#include <boost/test/unit_test.hpp>

namespace net_dns {

namespace {

struct Fixture {
  Zone zone;

  void network(const std::string& id, const std::string& name, bool internal = false,
               bool is_default = false) {
    gantry::sdk::Network network{id, name, "bridge", "", "", internal, is_default, "", ""};
    zone.set_network(network);
  }
  void member(const std::string& network, const std::string& container,
              const std::vector<std::string>& names, const std::string& address,
              const std::string& ipv6 = "", const std::vector<gantry::sdk::Link>& links = {}) {
    gantry::sdk::Member member;
    member.container_id = container;
    member.name = names.front();
    member.names = names;
    member.address = address;
    member.ipv6 = ipv6;
    member.links = links;
    zone.set_member(network, member);
  }
  std::vector<Address> find(const std::string& asker, const std::string& name, bool v6 = false) {
    return zone.find(asker, name, v6).addresses;
  }
  static Address address(const std::string& text) { return *parse_address(text); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(zone, Fixture)

BOOST_AUTO_TEST_CASE(names_and_aliases_of_a_shared_network_are_found_in_lower_case) {
  network("n", "net");
  member("n", "a", {"web"}, "10.0.0.2/24");
  member("n", "b", {"DataBase", "db"}, "10.0.0.3/24");
  BOOST_TEST((find("a", "database") == std::vector{address("10.0.0.3")}));
  BOOST_TEST((find("a", "db") == std::vector{address("10.0.0.3")}));
  BOOST_TEST((find("b", "web") == std::vector{address("10.0.0.2")}));
  BOOST_TEST(!zone.find("a", "nobody", false).known);
}

BOOST_AUTO_TEST_CASE(who_shares_no_network_finds_nothing) {
  network("n", "one");
  network("m", "two");
  member("n", "a", {"web"}, "10.0.0.2/24");
  member("m", "b", {"web"}, "10.1.0.2/24");
  member("m", "c", {"db"}, "10.1.0.3/24");
  BOOST_TEST(find("a", "db").empty());
  BOOST_TEST((find("a", "web") == std::vector{address("10.0.0.2")}));
  BOOST_TEST((find("c", "web") == std::vector{address("10.1.0.2")}));
  BOOST_TEST(find("stranger", "web").empty());
}

BOOST_AUTO_TEST_CASE(a_known_name_without_an_address_of_the_family_is_known) {
  network("n", "net");
  member("n", "a", {"web"}, "10.0.0.2/24");
  member("n", "b", {"six"}, "", "fd00::3/64");
  const auto found = zone.find("b", "web", true);
  BOOST_TEST(found.known);
  BOOST_TEST(found.addresses.empty());
  BOOST_TEST((find("a", "six", true) == std::vector{address("fd00::3")}));
  BOOST_TEST(zone.find("a", "six", false).known);
}

BOOST_AUTO_TEST_CASE(replicas_share_an_alias) {
  network("n", "net");
  member("n", "a", {"app-1", "app"}, "10.0.0.2/24");
  member("n", "b", {"app-2", "app"}, "10.0.0.3/24");
  BOOST_TEST(find("a", "app").size() == 2);
  zone.remove_member("n", "b");
  BOOST_TEST((find("a", "app") == std::vector{address("10.0.0.2")}));
}

BOOST_AUTO_TEST_CASE(a_name_may_carry_its_network) {
  network("n", "front.net");
  network("m", "back");
  member("n", "a", {"web", "a.b"}, "10.0.0.2/24");
  member("m", "a", {"web"}, "10.1.0.2/24");
  BOOST_TEST((find("a", "web.back") == std::vector{address("10.1.0.2")}));
  BOOST_TEST((find("a", "web.front.net") == std::vector{address("10.0.0.2")}));
  BOOST_TEST((find("a", "a.b") == std::vector{address("10.0.0.2")}));
  BOOST_TEST((find("a", "a.b.front.net") == std::vector{address("10.0.0.2")}));
  BOOST_TEST(find("a", "a.b.back").empty());
}

BOOST_AUTO_TEST_CASE(a_link_gives_one_member_another_name) {
  network("n", "net");
  member("n", "a", {"web"}, "10.0.0.2/24", "", {{"db", "Store"}, {"db", "cache"}});
  member("n", "b", {"db"}, "10.0.0.3/24");
  member("n", "c", {"cache"}, "10.0.0.4/24");
  BOOST_TEST((find("a", "store") == std::vector{address("10.0.0.3")}));
  BOOST_TEST((find("a", "cache") == std::vector{address("10.0.0.3")}), "it hides the other's name");
  BOOST_TEST(find("b", "store").empty());
  BOOST_TEST((find("b", "cache") == std::vector{address("10.0.0.4")}));
}

BOOST_AUTO_TEST_CASE(the_default_network_has_members_but_no_names) {
  network("d", "bridge", false, true);
  member("d", "a", {"web"}, "10.0.0.2/24");
  member("d", "b", {"db"}, "10.0.0.3/24");
  BOOST_TEST(!zone.find("a", "db", false).known);
  BOOST_TEST(zone.find_pointers("a", address("10.0.0.3")).empty());
  BOOST_TEST(zone.reaches_outside("a"));
}

BOOST_AUTO_TEST_CASE(addresses_lead_back_to_names_of_shared_networks) {
  network("n", "net");
  network("m", "other");
  member("n", "a", {"web"}, "10.0.0.2/24", "fd00::2/64");
  member("m", "b", {"db"}, "10.1.0.2/24");
  BOOST_TEST(zone.find_pointers("a", address("10.0.0.2")).front() == "web.net");
  BOOST_TEST(zone.find_pointers("a", address("fd00::2")).front() == "web.net");
  BOOST_TEST(zone.find_pointers("a", address("10.1.0.2")).empty());
  BOOST_TEST(zone.find_member("m", address("10.1.0.2")).value_or("") == "b");
  BOOST_TEST(!zone.find_member("m", address("10.0.0.2")).has_value());
}

BOOST_AUTO_TEST_CASE(only_an_internal_network_does_not_lead_out) {
  network("i", "inside", true);
  network("n", "net");
  member("i", "a", {"web"}, "10.0.0.2/24");
  BOOST_TEST(!zone.reaches_outside("a"));
  member("n", "a", {"web"}, "10.1.0.2/24");
  BOOST_TEST(zone.reaches_outside("a"));
  BOOST_TEST(!zone.reaches_outside("nobody"));
}

BOOST_AUTO_TEST_CASE(a_member_that_comes_again_replaces_itself) {
  network("n", "net");
  member("n", "a", {"old", "svc"}, "10.0.0.2/24");
  member("n", "b", {"x"}, "10.0.0.3/24");
  const auto before = zone.generation();
  member("n", "a", {"new", "svc"}, "10.0.0.9/24");
  BOOST_TEST(zone.generation() != before);
  BOOST_TEST(!zone.find("b", "old", false).known);
  BOOST_TEST((find("b", "svc") == std::vector{address("10.0.0.9")}));
  BOOST_TEST(!zone.find_member("n", address("10.0.0.2")).has_value());
  zone.remove_container("a");
  BOOST_TEST(!zone.find("b", "svc", false).known);
}

BOOST_AUTO_TEST_CASE(a_network_goes_with_its_names) {
  network("n", "net");
  network("m", "other");
  member("n", "a", {"web"}, "10.0.0.2/24");
  member("m", "a", {"web"}, "10.1.0.2/24");
  zone.remove_network("n");
  BOOST_TEST((find("a", "web") == std::vector{address("10.1.0.2")}));
  zone.remove_network("m");
  zone.remove_network("m");
  BOOST_TEST(find("a", "web").empty());
  BOOST_TEST(!zone.reaches_outside("a"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace net_dns
