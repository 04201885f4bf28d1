// Endpoints of containers that made interfaces of their own, under names that endpoints get.
#include <netlink/route/link/veth.h>

#include "data_plane_fixture.hpp"

using namespace gantry::oci;

namespace {

void make_pair_of(const NetlinkSocket& socket, const char* name, const char* peer_name) {
  const Netlink<rtnl_link> pair(::rtnl_link_veth_alloc());
  ::rtnl_link_set_name(pair.get(), name);
  rtnl_link* peer = ::rtnl_link_veth_get_peer(pair.get());
  ::rtnl_link_set_name(peer, peer_name);
  ::rtnl_link_put(peer);
  BOOST_REQUIRE(::rtnl_link_add(socket.get(), pair.get(), NLM_F_CREATE | NLM_F_EXCL) >= 0);
}

struct Container : DataPlaneFixture {
  const std::string first = network("gt0", 0), second = network("gt1", 1);
  UniqueFd netns;
  Container() {
    plane.network_up(first);
    plane.network_up(second);
    make_pair_of(NetlinkSocket(), "wall", "host");
    netns = stack('a', sandbox(first, "10.99.0.2/24", "10.99.0.1", "02:42:0a:63:00:02"));
  }
  ~Container() {
    const NetlinkSocket host;
    if (const auto link = get_link(host, "wall")) delete_link(host, link.get());
  }
  int index_of(const char* name) {
    return inside(netns.get(), [&] { return find_link(NetlinkSocket(), name); });
  }
  static std::string endpoint(const std::string& net, const std::string& more = "") {
    return R"({"network":)" + net + R"(,"interface":"eth1")" + more + "}";
  }
  static std::string on_bridge(const std::string& net) {
    return endpoint(net,
                    R"(,"address":"10.99.1.2/24","mac":"02:42:0a:63:01:02","gateway":"10.99.1.1")");
  }
  static std::string beside(const std::string& driver, const std::string& parent) {
    return R"({"id":"n","driver":")" + driver + R"(","parent":")" + parent + "\"}";
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(endpoint_links, Container)

BOOST_AUTO_TEST_CASE(an_interface_that_the_container_made_is_neither_taken_nor_removed) {
  inside(netns.get(), [] {
    make_pair_of(NetlinkSocket(), "eth1", "eth2");
    return true;
  });
  const int own = index_of("eth1");
  for (const std::string& document :
       {on_bridge(second), endpoint(beside("macvlan", "wall"), R"(,"mac":"02:42:0a:63:09:02")")}) {
    BOOST_CHECK_EXCEPTION(plane.endpoint_up(duplicate(netns.get()), document), Error,
                          [](const Error& e) {
                            return e.code() == GANTRY_CONFLICT &&
                                   std::string(e.what()).find("eth1") != std::string::npos;
                          });
    BOOST_TEST(index_of("eth1") == own);
    plane.endpoint_down(duplicate(netns.get()), document);
    BOOST_TEST(index_of("eth1") == own);
  }
}

BOOST_AUTO_TEST_CASE(an_endpoint_is_known_whatever_hardware_address_the_container_gave_it) {
  plane.endpoint_up(duplicate(netns.get()), on_bridge(second));
  const int index = index_of("eth1");
  inside(netns.get(), [&] {
    const NetlinkSocket socket;
    const Netlink<rtnl_link> change(::rtnl_link_alloc());
    ::rtnl_link_set_ifindex(change.get(), index);
    ::rtnl_link_set_addr(change.get(), parse_address("02:00:00:00:00:07", AF_LLC).get());
    return ::rtnl_link_change(socket.get(), change.get(), change.get(), 0) >= 0;
  });
  plane.endpoint_up(duplicate(netns.get()), on_bridge(second));
  BOOST_TEST(index_of("eth1") == index);
  plane.endpoint_down(duplicate(netns.get()), endpoint(first));
  BOOST_TEST(index_of("eth1") == index);  // it is another network's
  plane.endpoint_down(duplicate(netns.get()), endpoint(second));
  BOOST_TEST(index_of("eth1") == 0);
}

BOOST_AUTO_TEST_CASE(an_endpoint_beside_the_host_is_known_by_its_parent) {
  for (const char* driver : {"macvlan", "ipvlan"}) {
    const std::string document = endpoint(beside(driver, "wall"), R"(,"address":"10.99.9.2/24")");
    try {
      plane.endpoint_up(duplicate(netns.get()), document);
    } catch (const Error& error) {
      BOOST_TEST(error.code() == GANTRY_UNSUPPORTED, error.what());
      continue;
    }
    const int index = index_of("eth1");
    BOOST_TEST(index != 0);
    plane.endpoint_up(duplicate(netns.get()), document);
    plane.endpoint_down(duplicate(netns.get()), endpoint(beside(driver, "host")));
    BOOST_TEST(index_of("eth1") == index);
    plane.endpoint_down(duplicate(netns.get()), document);
    BOOST_TEST(index_of("eth1") == 0);
  }
}

BOOST_AUTO_TEST_CASE(an_endpoint_that_cannot_be_set_up_leaves_nothing) {
  const std::string sysctl = R"(,"sysctls":["net.ipv4.conf.IFNAME.no_such=1"])";
  for (const std::string& net : {second, beside("macvlan", "wall")}) {
    BOOST_CHECK_THROW(plane.endpoint_up(duplicate(netns.get()), endpoint(net, sysctl)), Error);
    const auto links =
        inside(netns.get(), [] { return find_text("/proc/thread-self/net/dev").value_or(""); });
    BOOST_TEST(links.find("eth1") == std::string::npos);
    BOOST_TEST(links.find("gv") == std::string::npos);
  }
}

// Kernels before 6.15 look for the name of a new interface on the host, too.
BOOST_AUTO_TEST_CASE(a_parent_may_have_the_name_of_the_interface_inside) {
  const NetlinkSocket host;
  make_pair_of(host, "eth1", "eth1-peer");
  const std::string document = endpoint(beside("macvlan", "eth1"));
  plane.endpoint_up(duplicate(netns.get()), document);
  BOOST_TEST(index_of("eth1") != 0);
  plane.endpoint_down(duplicate(netns.get()), document);
  BOOST_TEST(has_interface("eth1"));
  delete_link(host, get_link(host, "eth1").get());
}

BOOST_AUTO_TEST_SUITE_END()
