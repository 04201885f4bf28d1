// Containers beside the host on one of its interfaces, in a network namespace of the test's own.
#include <netlink/route/link/veth.h>

#include "data_plane_fixture.hpp"

using namespace gantry::oci;

namespace {

std::string beside(const std::string& parent, const std::string& more = "") {
  return R"({"id":"n","driver":"macvlan","parent":")" + parent + "\"" + more + "}";
}

// A cable: containers are put onto one end, the host itself has an address on the other.
struct Cable : DataPlaneFixture {
  Cable() {
    const NetlinkSocket host;
    const Netlink<rtnl_link> pair(::rtnl_link_veth_alloc());
    ::rtnl_link_set_name(pair.get(), "wall");
    rtnl_link* peer = ::rtnl_link_veth_get_peer(pair.get());
    ::rtnl_link_set_name(peer, "host");
    ::rtnl_link_put(peer);
    BOOST_REQUIRE(::rtnl_link_add(host.get(), pair.get(), NLM_F_CREATE | NLM_F_EXCL) >= 0);
    const int index = find_link(host, "host");
    const Netlink<rtnl_addr> address(::rtnl_addr_alloc());
    ::rtnl_addr_set_ifindex(address.get(), index);
    ::rtnl_addr_set_local(address.get(), parse_address("10.99.9.1/24", AF_INET).get());
    BOOST_REQUIRE(::rtnl_addr_add(host.get(), address.get(), 0) >= 0);
    set_link_up(host, index);
    set_link_up(host, find_link(host, "wall"));
  }
  ~Cable() {
    const NetlinkSocket host;
    if (const auto link = get_link(host, "wall")) delete_link(host, link.get());
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(parent_link, Cable)

BOOST_AUTO_TEST_CASE(containers_are_neighbours_of_the_hosts_on_the_wire) {
  const std::string net = beside("wall");
  plane.network_up(net);
  plane.network_up(net);
  const UniqueFd a = stack('a', sandbox(net, "10.99.9.2/24", "10.99.9.1", "02:42:0a:63:09:02"));
  const UniqueFd b = stack('b', sandbox(net, "10.99.9.3/24", "10.99.9.1", "02:42:0a:63:09:03"));
  const UniqueFd host = listen_on(7001);
  const UniqueFd there = inside(a.get(), [] { return listen_on(80); });
  BOOST_TEST(inside(a.get(), [&] { return peer_seen(host.get(), "10.99.9.1", 7001); }) ==
             "10.99.9.2");
  BOOST_TEST(peer_seen(there.get(), "10.99.9.2", 80) == "10.99.9.1");
  BOOST_TEST(inside(b.get(), [&] { return peer_seen(there.get(), "10.99.9.2", 80); }) ==
             "10.99.9.3");
  BOOST_TEST(inside(a.get(), [] {
               char text[32];
               const auto link = get_link(NetlinkSocket(), "eth0");
               return std::string(
                   ::nl_addr2str(::rtnl_link_get_addr(link.get()), text, sizeof text));
             }) == "02:42:0a:63:09:02");
  plane.network_down(net);
  BOOST_TEST(has_interface("wall"));  // not ours
}

BOOST_AUTO_TEST_CASE(an_endpoint_comes_and_goes_while_the_container_lives) {
  const std::string net = beside("wall", R"(,"mtu":1280,"mode":"private")"),
                    other = network("gt0", 0);
  plane.network_up(net);
  plane.network_up(other);
  const UniqueFd a = stack('a', sandbox(other, "10.99.0.2/24", "", "02:42:0a:63:00:02"));
  const std::string endpoint =
      R"({"network":)" + net +
      R"(,"interface":"eth1","address":"10.99.9.2/24","gateway":"10.99.9.1"})";
  plane.endpoint_up(duplicate(a.get()), endpoint);
  const auto mtu = [&] {
    return inside(a.get(), [] {
      const auto link = get_link(NetlinkSocket(), "eth1");
      return link ? ::rtnl_link_get_mtu(link.get()) : 0;
    });
  };
  BOOST_TEST(mtu() == 1280u);
  plane.endpoint_up(duplicate(a.get()), endpoint);
  plane.endpoint_down(duplicate(a.get()), endpoint);
  plane.endpoint_down(duplicate(a.get()), endpoint);
  BOOST_TEST(mtu() == 0u);
}

BOOST_AUTO_TEST_CASE(a_parent_that_is_not_there_is_named) {
  for (const char* parent : {"none", "none.10", "wall.x", "wall.4095", ".7"})
    BOOST_TEST_CONTEXT(parent)
  BOOST_CHECK_EXCEPTION(plane.network_up(beside(parent)), Error, [&](const Error& e) {
    return e.code() == GANTRY_NOT_FOUND && std::string(e.what()).find(parent) != std::string::npos;
  });
  BOOST_CHECK_EXCEPTION(
      plane.sandbox_up(id('a'), sandbox(beside("none"), "10.99.9.2/24", "", ""), no_container),
      Error, [](const Error& e) { return e.code() == GANTRY_NOT_FOUND; });
  BOOST_CHECK_EXCEPTION(plane.network_up(beside("a/b")), Error,
                        [](const Error& e) { return e.code() == GANTRY_INVALID; });
}

// Both kinds are modules that a kernel may lack.
BOOST_AUTO_TEST_CASE(parents_of_our_own_come_and_go_where_the_kernel_has_them) {
  for (const auto& [name, more] :
       {std::pair("dm-0123456789ab", R"(,"dummy":true)"), std::pair("wall.10", "")}) {
    const std::string net = beside(name, more);
    try {
      plane.network_up(net);
    } catch (const Error& error) {
      BOOST_TEST(error.code() == GANTRY_UNSUPPORTED, error.what());
      BOOST_TEST(!has_interface(name));
      continue;
    }
    BOOST_TEST(has_interface(name));
    plane.network_up(net);
    const UniqueFd a = stack('a', sandbox(net, "10.99.8.2/24", "", "02:42:0a:63:08:02"));
    const UniqueFd b = stack('b', sandbox(net, "10.99.8.3/24", "", "02:42:0a:63:08:03"));
    const UniqueFd there = inside(a.get(), [] { return listen_on(80); });
    BOOST_TEST(inside(b.get(), [&] { return peer_seen(there.get(), "10.99.8.2", 80); }) ==
               "10.99.8.3");
    plane.network_down(net);
    plane.network_down(net);
    BOOST_TEST(!has_interface(name));
  }
}

BOOST_AUTO_TEST_SUITE_END()
