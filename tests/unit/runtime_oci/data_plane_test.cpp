// The data plane in a network namespace of the test's own: the whole module runs in it
// (netns_fixture.cpp).
#include "data_plane_fixture.hpp"

using namespace gantry::oci;

BOOST_FIXTURE_TEST_SUITE(data_plane, DataPlaneFixture)

BOOST_AUTO_TEST_CASE(a_network_comes_and_goes_with_bridge_and_rules) {
  plane.network_up(network("gt0", 0));
  plane.network_up(network("gt0", 0));  // again, as after a restart
  plane.network_up(network("gt1", 1));
  BOOST_TEST(has_interface("gt0"));
  BOOST_TEST(find_text("/proc/sys/net/ipv4/ip_forward")->front() == '1');
  BOOST_TEST(find_text("/proc/sys/net/ipv4/conf/gt0/route_localnet")->front() == '1');
  const auto subnets = plane.used_subnets();
  BOOST_TEST((std::find(subnets.begin(), subnets.end(), "10.99.0.0/24") != subnets.end()));
  BOOST_TEST(list_set_interfaces("gantry-test", "bridges")->size() == 2u);
  plane.network_down(network("gt0", 0));
  const auto left = plane.used_subnets();  // free at once
  BOOST_TEST((std::find(left.begin(), left.end(), "10.99.0.0/24") == left.end()));
  plane.network_up(network("gt0", 0));  // the same name again at once
  BOOST_TEST(has_interface("gt0"));
  plane.network_down(network("gt0", 0));
  BOOST_TEST(goes("gt0"));
  BOOST_TEST(list_set_interfaces("gantry-test", "bridges")->size() == 1u);
  plane.network_down(network("gt0", 0));
  plane.network_down(network("gt1", 1));
  BOOST_TEST(goes("gt1"));
  for (const char* set : {"bridges", "pairs", "internal", "attached", "masqueraded", "sources"})
    BOOST_TEST(list_elements("gantry-test", set)->empty(), set);
  plane.network_down(network("gt1", 1));
}

BOOST_AUTO_TEST_CASE(tables_and_bridges_belong_to_one_engine_at_a_time) {
  BOOST_CHECK_EXCEPTION(DataPlane("gantry-test"), Error, [](const Error& error) {
    return error.code() == GANTRY_CONFLICT &&
           std::string(error.what()).find("instance") != std::string::npos;
  });
  {
    DataPlane other("gantry-other");
    other.network_up(network("gt0", 0));
    for (const auto step : {&DataPlane::network_up, &DataPlane::network_down})
      BOOST_CHECK_EXCEPTION((plane.*step)(network("gt0", 0)), Error,
                            [](const Error& error) { return error.code() == GANTRY_CONFLICT; });
    BOOST_TEST(has_interface("gt0"));
    other.network_down(network("gt0", 0));
  }
  plane.network_up(network("gt0", 0));
  plane.network_down(network("gt0", 0));
  BOOST_TEST(goes("gt0"));
}

BOOST_AUTO_TEST_CASE(interfaces_of_others_stay) {
  const NetlinkSocket host;
  const Netlink<rtnl_link> link(::rtnl_link_bridge_alloc());
  ::rtnl_link_set_name(link.get(), "gt0");
  BOOST_REQUIRE(::rtnl_link_add(host.get(), link.get(), NLM_F_CREATE | NLM_F_EXCL) >= 0);
  plane.network_up(network("gt0", 0));
  plane.network_down(network("gt0", 0));
  BOOST_TEST(has_interface("gt0"));
  BOOST_REQUIRE(::rtnl_link_delete(host.get(), link.get()) >= 0);
}

BOOST_AUTO_TEST_CASE(a_failed_netlink_call_names_the_systems_error) {
  rlimit limit{};
  BOOST_REQUIRE(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
  const rlimit none{0, limit.rlim_max};
  BOOST_REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  std::string why;
  try {
    const NetlinkSocket socket;
  } catch (const Error& error) {
    why = error.what();
  }
  BOOST_REQUIRE(::setrlimit(RLIMIT_NOFILE, &limit) == 0);
  BOOST_TEST(why == "netlink: Too many open files");
  // And what the kernel answers.
  const NetlinkSocket socket;
  const Netlink<rtnl_route> route(::rtnl_route_alloc());
  rtnl_nexthop* hop = ::rtnl_route_nh_alloc();
  ::rtnl_route_nh_set_gateway(hop, parse_address("10.98.1.1", AF_INET).get());
  ::rtnl_route_add_nexthop(route.get(), hop);
  ::rtnl_route_set_dst(route.get(), parse_address("10.99.77.0/24", AF_INET).get());
  BOOST_CHECK_EXCEPTION(check_netlink(::rtnl_route_add(socket.get(), route.get(), 0), "add route"),
                        Error, [](const Error& error) { return error.os_errno() == ENETUNREACH; });
}

BOOST_AUTO_TEST_CASE(documents_are_checked) {
  const auto invalid = [](const Error& e) { return e.code() == GANTRY_INVALID; };
  for (const char* bad :
       {"[]", "{", R"({"bridge":""})", R"({"bridge":"a b"})", R"({"bridge":"waytoolonginterface"})",
        R"({"bridge":"x","mtu":1})", R"({"bridge":"x","subnet":"10.0.0.0/8; flush ruleset"})"})
    BOOST_TEST_CONTEXT(bad) BOOST_CHECK_EXCEPTION(plane.network_up(bad), Error, invalid);
  BOOST_CHECK_EXCEPTION(plane.network_up(R"({"driver":"overlay","bridge":"x"})"), Error,
                        [](const Error& e) { return e.code() == GANTRY_UNSUPPORTED; });
  BOOST_CHECK_EXCEPTION(plane.network_up(network("lo", 0)), Error,
                        [](const Error& e) { return e.code() == GANTRY_CONFLICT; });
}

BOOST_AUTO_TEST_CASE(a_stack_reaches_its_bridge_and_goes_with_its_last_descriptor) {
  const std::string net = network("gt0", 0);
  plane.network_up(net);
  UniqueFd netns = stack('a', sandbox(net, "10.99.0.2/24", "10.99.0.1", "02:42:0a:63:00:02"));
  const UniqueFd host = listen_on(7001);
  const std::string seen =
      inside(netns.get(), [&] { return peer_seen(host.get(), "10.99.0.1", 7001); });
  BOOST_TEST(seen == "10.99.0.2");
  const UniqueFd there = inside(netns.get(), [] { return listen_on(7002); });
  BOOST_TEST(peer_seen(there.get(), "10.99.0.2", 7002) == "10.99.0.1");
  // Loopback, MTU, no IPv6 on the interface.
  BOOST_TEST(inside(netns.get(), [&] {
               const UniqueFd self = listen_on(7003);
               return peer_seen(self.get(), "127.0.0.1", 7003);
             }) == "127.0.0.1");
  BOOST_TEST(inside(netns.get(), [] {
               return find_text("/proc/thread-self/net/if_inet6")->find("eth0");
             }) == std::string::npos);
  BOOST_TEST(inside(netns.get(), [] { return routed_prefixes(NetlinkSocket()); }).size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_bridge_that_lost_its_addresses_gets_them_back_with_the_next_container) {
  const std::string net = network("gt0", 0, R"(,"subnet6":"fd99::/64","gateway6":"fd99::1")");
  plane.network_up(net);
  BOOST_REQUIRE(retire_bridge(NetlinkSocket(), parse_network(parse_object(net, "network"))));
  const auto has = [&](const char* subnet) {
    const auto all = plane.used_subnets();
    return std::find(all.begin(), all.end(), subnet) != all.end();
  };
  BOOST_TEST(!has("10.99.0.0/24"));
  BOOST_TEST(!has("fd99::/64"));
  const UniqueFd a = stack('a', sandbox(net, "10.99.0.2/24", "10.99.0.1", "02:42:0a:63:00:02"));
  BOOST_TEST(has("10.99.0.0/24"));
  BOOST_TEST(has("fd99::/64"));
  plane.network_down(net);
}

BOOST_AUTO_TEST_CASE(an_address_used_again_is_reachable_at_once) {
  const std::string net = network("gt0", 0);
  plane.network_up(net);
  for (const char* mac : {"02:42:0a:63:00:02", "02:42:0a:63:00:02", "02:42:0a:63:00:77"}) {
    UniqueFd netns = stack('a', sandbox(net, "10.99.0.2/24", "10.99.0.1", mac));
    const UniqueFd there = inside(netns.get(), [] { return listen_on(7002); });
    const auto before = std::chrono::steady_clock::now();
    BOOST_TEST(peer_seen(there.get(), "10.99.0.2", 7002) == "10.99.0.1");
    // A stale entry of bridge or neighbour table takes five seconds and more to be noticed.
    BOOST_TEST((std::chrono::steady_clock::now() - before < std::chrono::seconds(3)));
  }
}

BOOST_AUTO_TEST_CASE(networks_do_not_reach_each_other) {
  const std::string net = network("gt0", 0), other = network("gt1", 1);
  plane.network_up(net);
  plane.network_up(other);
  const UniqueFd a = stack('a', sandbox(net, "10.99.0.2/24", "10.99.0.1", "02:42:0a:63:00:02"));
  const UniqueFd b = stack('b', sandbox(other, "10.99.1.2/24", "10.99.1.1", "02:42:0a:63:01:02"));
  const UniqueFd c = stack('c', sandbox(net, "10.99.0.3/24", "10.99.0.1", "02:42:0a:63:00:03"));
  const UniqueFd server = inside(a.get(), [] { return listen_on(80); });
  BOOST_TEST(inside(b.get(), [&] { return peer_seen(server.get(), "10.99.0.2", 80, 300); }) == "");
  BOOST_TEST(inside(c.get(), [&] { return peer_seen(server.get(), "10.99.0.2", 80); }) ==
             "10.99.0.3");
}

BOOST_AUTO_TEST_CASE(without_icc_containers_reach_only_the_host) {
  const std::string net = network("gt0", 0, R"(,"icc":false)");
  plane.network_up(net);
  const UniqueFd a = stack('a', sandbox(net, "10.99.0.2/24", "10.99.0.1", "02:42:0a:63:00:02"));
  const UniqueFd b = stack('b', sandbox(net, "10.99.0.3/24", "10.99.0.1", "02:42:0a:63:00:03"));
  const UniqueFd server = inside(a.get(), [] { return listen_on(80); });
  const UniqueFd host = listen_on(7001);
  BOOST_TEST(inside(b.get(), [&] { return peer_seen(server.get(), "10.99.0.2", 80, 300); }) == "");
  BOOST_TEST(inside(b.get(), [&] { return peer_seen(host.get(), "10.99.0.1", 7001); }) ==
             "10.99.0.3");
}

BOOST_FIXTURE_TEST_CASE(outside_is_reached_masqueraded_but_reaches_only_published_ports, Outside) {
  const std::string net = network("gt0", 0), plain = network("gt1", 1, R"(,"masquerade":false)"),
                    internal = network("gt2", 2, R"(,"internal":true)");
  for (const std::string& one : {net, plain, internal}) plane.network_up(one);
  const UniqueFd a = stack('a', sandbox(net, "10.99.0.2/24", "10.99.0.1", "02:42:0a:63:00:02"));
  const UniqueFd b = stack('b', sandbox(plain, "10.99.1.2/24", "10.99.1.1", "02:42:0a:63:01:02"));
  const UniqueFd c =
      stack('c', sandbox(internal, "10.99.2.2/24", "10.99.2.1", "02:42:0a:63:02:02"));
  const UniqueFd out = inside(world.fd.get(), [] { return listen_on(90); });
  const auto to_world = [&](const UniqueFd& from, int wait) {
    return inside(from.get(), [&] { return peer_seen(out.get(), "10.99.3.9", 90, wait); });
  };
  BOOST_TEST(to_world(a, 2000) == "10.99.3.1");
  BOOST_TEST(to_world(b, 2000) == "10.99.1.2");
  BOOST_TEST(to_world(c, 300) == "");
  const UniqueFd server = inside(a.get(), [] { return listen_on(80); });
  const auto from_world = [&](const char* ip, int port, int wait) {
    return inside(world.fd.get(), [&] { return peer_seen(server.get(), ip, port, wait); });
  };
  BOOST_TEST(from_world("10.99.0.2", 80, 300) == "");
  const auto reserved = reserve_ports(parse_ports(ports_json("0.0.0.0", 8080, 80, "10.99.0.2")));
  ports.add(reserved);
  BOOST_TEST(from_world("10.99.3.1", 8080, 2000) == "10.99.3.9");
}

BOOST_AUTO_TEST_CASE(endpoints_are_added_to_and_taken_from_a_living_stack) {
  const std::string net = network("gt0", 0), other = network("gt1", 1);
  plane.network_up(net);
  plane.network_up(other);
  const UniqueFd netns = stack('a', sandbox(net, "10.99.0.2/24", "10.99.0.1", "02:42:0a:63:00:02"));
  const std::string second =
      R"({"network":)" + other +
      R"(,"interface":"eth1","address":"10.99.1.2/24","mac":"02:42:0a:63:01:02","gateway":"10.99.1.1"})";
  plane.endpoint_up(duplicate(netns.get()), second);
  const UniqueFd host = listen_on(7001);
  BOOST_TEST(inside(netns.get(), [&] { return peer_seen(host.get(), "10.99.1.1", 7001); }) ==
             "10.99.1.2");
  // Up again it only gets its routes anew.
  const auto way_out = [&] {
    return inside(netns.get(), [] {
      const std::string routes = find_text("/proc/thread-self/net/route").value_or("");
      std::string found;
      for (const char* name : {"eth0", "eth1"})
        if (routes.find(std::string(name) + "\t00000000\t") != std::string::npos) found += name;
      return found;
    });
  };
  BOOST_TEST(way_out() == "eth1");
  std::string without = second;
  without.replace(without.rfind("10.99.1.1"), 9, "");
  plane.endpoint_up(duplicate(netns.get()), without);
  BOOST_TEST(way_out() == "");
  plane.endpoint_up(duplicate(netns.get()), without);
  plane.endpoint_up(duplicate(netns.get()), second);
  BOOST_TEST(way_out() == "eth1");
  BOOST_TEST(inside(netns.get(), [&] { return peer_seen(host.get(), "10.99.0.1", 7001); }) ==
             "10.99.0.2");
  plane.endpoint_down(duplicate(netns.get()), second);
  plane.endpoint_down(duplicate(netns.get()), second);
  BOOST_TEST(inside(netns.get(), [] { return find_link(NetlinkSocket(), "eth1"); }) == 0);
}

BOOST_AUTO_TEST_CASE(link_local_addresses_are_further_ones) {
  const std::string net = network("gt0", 0);
  plane.network_up(net);
  std::string document = sandbox(net, "10.99.0.2/24", "10.99.0.1", "02:42:0a:63:00:02");
  document.insert(document.find("\"endpoint_id\""), R"("link_local":["169.254.7.7/16"],)");
  const UniqueFd netns = stack('a', document);
  document.replace(document.find("169.254.7.7"), 11, "169.254.x.7");
  BOOST_CHECK_THROW(plane.sandbox_up(id('b'), document, no_container), Error);
  const UniqueFd there = inside(netns.get(), [] { return listen_on(80); });
  // The host has no way to that subnet; a neighbour that has one, too.
  document.replace(document.find("169.254.x.7"), 11, "169.254.7.8");
  document.replace(document.find("10.99.0.2"), 9, "10.99.0.3");
  document.replace(document.find("02:42:0a:63:00:02"), 17, "02:42:0a:63:00:03");
  const UniqueFd neighbour = stack('b', document);
  BOOST_TEST(inside(neighbour.get(), [&] { return peer_seen(there.get(), "169.254.7.7", 80); }) ==
             "169.254.7.8");
  BOOST_TEST(inside(neighbour.get(), [&] { return peer_seen(there.get(), "10.99.0.2", 80); }) ==
             "10.99.0.3");
}

std::string network6(const std::string& bridge, int net, const std::string& more = "") {
  const std::string prefix = "fd99:" + std::to_string(net) + "::";
  return network(bridge, net,
                 R"(,"subnet6":")" + prefix + R"(/64","gateway6":")" + prefix + "1\"" + more);
}

std::string sandbox6(const std::string& net, int number, int host) {
  const std::string four = "10.99." + std::to_string(number) + ".",
                    six = "fd99:" + std::to_string(number) + "::", last = std::to_string(host);
  return R"({"mode":"private","endpoints":[{"network":)" + net +
         R"(,"interface":"eth0","mac":"02:42:0a:63:0)" + std::to_string(number) + ":0" + last +
         R"(","address":")" + four + last + R"(/24","gateway":")" + four + R"(1","address6":")" +
         six + last + R"(/64","gateway6":")" + six +
         R"(1","sysctls":["net.ipv6.conf.IFNAME.hop_limit=33"]}]})";
}

UniqueFd listen6_on(int port) {
  UniqueFd fd(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(static_cast<std::uint16_t>(port));
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  BOOST_TEST_REQUIRE(
      ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  BOOST_TEST_REQUIRE(::listen(fd.get(), 16) == 0);
  return fd;
}

std::string peer6_seen(int listener, const char* ip, int port, int wait_ms = 2000) {
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(static_cast<std::uint16_t>(port));
  ::inet_pton(AF_INET6, ip, &address.sin6_addr);
  for (int waited = 0; waited < wait_ms; waited += 50) {
    const UniqueFd client(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    ::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    pollfd ready{listener, POLLIN, 0};
    if (::poll(&ready, 1, 50) != 1) continue;
    sockaddr_in6 peer{};
    socklen_t size = sizeof peer;
    const UniqueFd accepted(
        ::accept4(listener, reinterpret_cast<sockaddr*>(&peer), &size, SOCK_CLOEXEC));
    char text[INET6_ADDRSTRLEN];
    return ::inet_ntop(AF_INET6, &peer.sin6_addr, text, sizeof text);
  }
  return {};
}

BOOST_AUTO_TEST_CASE(ipv6_is_there_at_once_and_kept_apart_like_ipv4) {
  const std::string net = network6("gt0", 0), other = network6("gt1", 1),
                    internal = network6("gt2", 2, R"(,"internal":true)");
  for (const std::string& one : {net, other, internal}) plane.network_up(one);
  const auto subnets = plane.used_subnets();
  BOOST_TEST((std::find(subnets.begin(), subnets.end(), "fd99::/64") != subnets.end()));
  const UniqueFd a = stack('a', sandbox6(net, 0, 2)), b = stack('b', sandbox6(net, 0, 3)),
                 c = stack('c', sandbox6(other, 1, 2)), d = stack('d', sandbox6(internal, 2, 2));
  const UniqueFd server = inside(a.get(), [] { return listen6_on(80); });
  const auto from = [&](const UniqueFd& who, int wait) {
    return inside(who.get(), [&] { return peer6_seen(server.get(), "fd99:0::2", 80, wait); });
  };
  BOOST_TEST(from(b, 2000) == "fd99::3");
  BOOST_TEST(from(c, 300) == "");
  BOOST_TEST(from(d, 300) == "");
  BOOST_TEST(peer6_seen(server.get(), "fd99:0::2", 80) == "fd99::1");
  const UniqueFd host = listen6_on(7001);
  BOOST_TEST(inside(a.get(), [&] { return peer6_seen(host.get(), "fd99:0::1", 7001); }) ==
             "fd99::2");
  // By the way out, to an address of the host that is not on this network.
  BOOST_TEST(inside(a.get(), [&] { return peer6_seen(host.get(), "fd99:1::1", 7001); }) ==
             "fd99::2");
  BOOST_TEST(inside(a.get(), [] {
               return find_text("/proc/sys/net/ipv6/conf/eth0/hop_limit");
             })->starts_with("33"));
  BOOST_TEST(find_text("/proc/sys/net/ipv6/conf/all/forwarding")->front() == '1');
  for (const std::string& one : {net, other, internal}) plane.network_down(one);
  for (const char* set : {"bridges", "attached", "masqueraded"})
    BOOST_TEST(list_elements("gantry-test", set, AF_INET6)->empty(), set);
}

BOOST_AUTO_TEST_CASE(a_network_of_ipv6_only) {
  const std::string net = R"({"id":"n","driver":"bridge","bridge":"gt0","subnet":"","gateway":"",)"
                          R"("subnet6":"fd99::/64","gateway6":"fd99::1"})";
  plane.network_up(net);
  const UniqueFd a = stack('a', R"({"mode":"private","endpoints":[{"network":)" + net +
                                    R"(,"interface":"eth0","mac":"02:42:00:00:00:02","address":"",)"
                                    R"("address6":"fd99::2/64","gateway6":"fd99::1"}]})");
  const UniqueFd server = inside(a.get(), [] { return listen6_on(80); });
  BOOST_TEST(peer6_seen(server.get(), "fd99::2", 80) == "fd99::1");
  plane.network_down(net);
}

BOOST_AUTO_TEST_CASE(host_and_joined_stacks) {
  plane.sandbox_up(id('a'), R"({"mode":"host"})", no_container);
  BOOST_TEST(plane.take_sandbox(id('a'))->host);
  BOOST_TEST(!plane.take_sandbox(id('a')).has_value());
  plane.sandbox_up(id('b'), R"({"mode":"container","container":")" + id('c') + R"("})",
                   [&](const std::string& other) {
                     BOOST_TEST(other == id('c'));
                     return host_stack();
                   });
  const auto joined = plane.take_sandbox(id('b'));
  BOOST_TEST(!joined->host);
  BOOST_TEST(static_cast<bool>(joined->netns));
  plane.sandbox_up(id('d'), R"({"mode":"private","endpoints":[]})", no_container);
  plane.sandbox_down(id('d'));
  plane.sandbox_down(id('d'));
  BOOST_TEST(!plane.take_sandbox(id('d')).has_value());
  BOOST_CHECK_THROW(plane.sandbox_up(id('e'), R"({"mode":"vpn"})", no_container), Error);
}

BOOST_AUTO_TEST_CASE(a_stack_on_a_network_that_is_gone_is_not_found) {
  BOOST_CHECK_EXCEPTION(
      plane.sandbox_up(id('a'), sandbox(network("gt0", 0), "10.99.0.2/24", "", ""), no_container),
      Error, [](const Error& e) { return e.code() == GANTRY_NOT_FOUND; });
}

BOOST_AUTO_TEST_SUITE_END()
