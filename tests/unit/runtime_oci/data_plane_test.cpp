// The data plane in a network namespace of the test's own: the whole module runs in it
// (netns_fixture.cpp).
#include "network/data_plane.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netlink/route/link/bridge.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <thread>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/json.hpp"
#include "base/thread_call.hpp"
#include "network/bridge.hpp"
#include "network/forward_policy.hpp"
#include "network/nft.hpp"
#include "network/nft_elements.hpp"
#include "network/port_map.hpp"
#include "network/port_reservation.hpp"
#include "network/routes.hpp"

using namespace gantry::oci;

namespace {

std::string id(char digit) { return std::string(64, digit); }

std::string network(const std::string& bridge, int net, const std::string& more = "") {
  const std::string prefix = "10.99." + std::to_string(net);
  return R"({"id":"n","driver":"bridge","bridge":")" + bridge + R"(","subnet":")" + prefix +
         R"(.0/24","gateway":")" + prefix + R"(.1","mtu":1400)" + more + "}";
}

std::string sandbox(const std::string& net, const std::string& address, const std::string& gateway,
                    const std::string& mac) {
  return R"({"mode":"private","endpoints":[{"network":)" + net +
         R"(,"endpoint_id":"e","interface":"eth0","address":")" + address + R"(","mac":")" + mac +
         R"(","gateway":")" + gateway + R"("}]})";
}

UniqueFd no_container(const std::string&) { throw Error(GANTRY_CONFLICT, "none"); }

// What `work` returns inside a namespace.
template <class F>
auto inside(int netns, F&& work) {
  decltype(work()) result{};
  call_on_thread([&] {
    if (::setns(netns, CLONE_NEWNET) != 0) throw_errno("setns");
    result = work();
  });
  return result;
}

sockaddr_in address_of(const char* ip, int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  ::inet_pton(AF_INET, ip, &address.sin_addr);
  return address;
}

UniqueFd listen_on(int port) {
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const sockaddr_in address = address_of("0.0.0.0", port);
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  BOOST_TEST_REQUIRE(
      ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  BOOST_TEST_REQUIRE(::listen(fd.get(), 16) == 0);
  return fd;
}

// Connects; gives who the listener sees as its peer, or an empty text when nothing arrives in time.
// A new interface forwards some milliseconds after it was made: a first packet that is lost is not
// waited for.
std::string peer_seen(int listener, const char* ip, int port, int wait_ms = 2000) {
  const sockaddr_in address = address_of(ip, port);
  for (int waited = 0; waited < wait_ms; waited += 50) {
    const UniqueFd client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    ::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    pollfd ready{listener, POLLIN, 0};
    if (::poll(&ready, 1, 50) != 1) continue;
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    const UniqueFd accepted(
        ::accept4(listener, reinterpret_cast<sockaddr*>(&peer), &size, SOCK_CLOEXEC));
    char text[INET_ADDRSTRLEN];
    return ::inet_ntop(AF_INET, &peer.sin_addr, text, sizeof text);
  }
  return {};
}

bool has_interface(const std::string& name) { return find_link(NetlinkSocket(), name) != 0; }

// Interfaces are removed in the background.
bool goes(const std::string& name) {
  for (int waited = 0; waited < 2000; ++waited) {
    if (!has_interface(name)) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}

bool has_table(const std::string& name) { return list_elements(name, "any_ports").has_value(); }

std::string ports_json(const std::string& host_ip, int host_port, int container_port,
                       const std::string& container_ip, const std::string& protocol = "tcp",
                       int end = 0) {
  return R"([{"protocol":")" + protocol + R"(","host_ip":")" + host_ip + R"(","host_port":)" +
         std::to_string(host_port) + R"(,"host_port_end":)" + std::to_string(end) +
         R"(,"container_ip":")" + container_ip + R"(","container_port":)" +
         std::to_string(container_port) + "}]";
}

struct Fixture {
  DataPlane plane{"gantry-test"};
  PortMap ports{"gantry-test"};
  ~Fixture() {
    for (int i = 0; i < 4; ++i) plane.network_down(network("gt" + std::to_string(i), i));
  }
  UniqueFd stack(char digit, const std::string& document) {
    plane.sandbox_up(id(digit), document, no_container);
    return std::move(plane.take_sandbox(id(digit))->netns);
  }
  UniqueFd host_stack() { return open_at(AT_FDCWD, "/proc/self/ns/net", O_RDONLY); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(data_plane, Fixture)

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

BOOST_AUTO_TEST_CASE(the_tables_go_with_the_last_who_uses_them) {
  {
    DataPlane other("gantry-other");
    other.network_up(network("gt0", 0));
    BOOST_TEST(has_table("gantry-other"));
  }
  BOOST_TEST(has_table("gantry-other"));  // it holds a network
  {
    DataPlane other("gantry-other");
    other.network_down(network("gt0", 0));
    BOOST_TEST(has_table("gantry-other"));
  }
  BOOST_TEST(!has_table("gantry-other"));
  BOOST_TEST(!has_interface("gt0"));  // what was begun is done before the object ends
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

BOOST_AUTO_TEST_CASE(a_flushed_ruleset_is_made_again) {
  plane.network_up(network("gt0", 0));
  apply_ruleset("delete table ip gantry-test\n");
  plane.network_up(network("gt0", 0));
  BOOST_TEST(list_set_interfaces("gantry-test", "bridges")->size() == 1u);
}

BOOST_AUTO_TEST_CASE(documents_are_checked) {
  const auto invalid = [](const Error& e) { return e.code() == GANTRY_INVALID; };
  for (const char* bad :
       {"[]", "{", R"({"bridge":""})", R"({"bridge":"a b"})", R"({"bridge":"waytoolonginterface"})",
        R"({"bridge":"x","mtu":1})", R"({"bridge":"x","subnet":"10.0.0.0/8; flush ruleset"})"})
    BOOST_TEST_CONTEXT(bad) BOOST_CHECK_EXCEPTION(plane.network_up(bad), Error, invalid);
  BOOST_CHECK_EXCEPTION(plane.network_up(R"({"driver":"macvlan","bridge":"x"})"), Error,
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

BOOST_AUTO_TEST_CASE(an_address_used_again_is_reachable_at_once) {
  const std::string net = network("gt0", 0);
  plane.network_up(net);
  for (const char* mac : {"02:42:0a:63:00:02", "02:42:0a:63:00:02", "02:42:0a:63:00:77"}) {
    UniqueFd netns = stack('a', sandbox(net, "10.99.0.2/24", "10.99.0.1", mac));
    const UniqueFd there = inside(netns.get(), [] { return listen_on(7002); });
    const auto before = std::chrono::steady_clock::now();
    BOOST_TEST(peer_seen(there.get(), "10.99.0.2", 7002) == "10.99.0.1");
    // Stale entries of bridge or neighbour table would take seconds to be noticed.
    BOOST_TEST((std::chrono::steady_clock::now() - before < std::chrono::milliseconds(500)));
  }
}

BOOST_AUTO_TEST_CASE(published_ports_lead_to_the_container_from_everywhere) {
  const std::string net = network("gt0", 0), other_net = network("gt1", 1);
  plane.network_up(net);
  plane.network_up(other_net);
  const UniqueFd a = stack('a', sandbox(net, "10.99.0.2/24", "10.99.0.1", "02:42:0a:63:00:02"));
  const UniqueFd b = stack('b', sandbox(net, "10.99.0.3/24", "10.99.0.1", "02:42:0a:63:00:03"));
  const UniqueFd c =
      stack('c', sandbox(other_net, "10.99.1.2/24", "10.99.1.1", "02:42:0a:63:01:02"));
  const UniqueFd server = inside(a.get(), [] { return listen_on(80); });

  const auto reserved = reserve_ports(parse_ports(ports_json("0.0.0.0", 8080, 80, "10.99.0.2")));
  const std::string published = write_ports(reserved);
  ports.add(reserved);
  BOOST_TEST(peer_seen(server.get(), "127.0.0.1", 8080) == "10.99.0.1");
  BOOST_TEST(peer_seen(server.get(), "10.99.0.1", 8080) == "10.99.0.1");
  BOOST_TEST(peer_seen(server.get(), "127.8.8.8", 8080) == "10.99.0.1");
  // Neighbour and the container itself, by the host's addresses.
  const auto from = [&](const UniqueFd& netns, const char* ip) {
    return inside(netns.get(), [&] { return peer_seen(server.get(), ip, 8080); });
  };
  BOOST_TEST(from(b, "10.99.0.1") == "10.99.0.1");
  BOOST_TEST(from(a, "10.99.0.1") == "10.99.0.1");
  BOOST_TEST(from(c, "10.99.1.1") == "10.99.0.1");  // another network, by its own gateway
  ports.remove(published);
  ports.remove(published);
  BOOST_TEST(peer_seen(server.get(), "10.99.0.1", 8080, 200) == "");
  BOOST_TEST(list_elements("gantry-test", "any_ports")->empty());
}

BOOST_AUTO_TEST_CASE(a_port_of_one_host_address_is_not_reached_by_another) {
  const std::string net = network("gt0", 0);
  plane.network_up(net);
  const UniqueFd a = stack('a', sandbox(net, "10.99.0.2/24", "10.99.0.1", "02:42:0a:63:00:02"));
  const UniqueFd server = inside(a.get(), [] { return listen_on(80); });
  const auto reserved = reserve_ports(parse_ports(ports_json("127.0.0.1", 8081, 80, "10.99.0.2")));
  ports.add(reserved);
  BOOST_TEST(peer_seen(server.get(), "127.0.0.1", 8081) == "10.99.0.1");
  BOOST_TEST(peer_seen(server.get(), "10.99.0.1", 8081, 200) == "");
  // Containers must not reach the host's loopback through the bridge.
  const UniqueFd host = listen_on(7005);
  BOOST_TEST(inside(a.get(), [&] {
               const NetlinkSocket socket;
               write_setting("/proc/sys/net/ipv4/conf/all/route_localnet", "1");
               UniqueFd client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
               ::setsockopt(client.get(), SOL_SOCKET, SO_BINDTODEVICE, "eth0", 5);
               const sockaddr_in address = address_of("127.0.0.1", 7005);
               ::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
               pollfd ready{host.get(), POLLIN, 0};
               return ::poll(&ready, 1, 300);
             }) == 0);
}

BOOST_AUTO_TEST_CASE(udp_ports_are_translated_too) {
  const std::string net = network("gt0", 0);
  plane.network_up(net);
  const UniqueFd a = stack('a', sandbox(net, "10.99.0.2/24", "10.99.0.1", "02:42:0a:63:00:02"));
  const UniqueFd server = inside(a.get(), [] {
    UniqueFd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const sockaddr_in address = address_of("0.0.0.0", 53);
    BOOST_TEST(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    return fd;
  });
  const auto reserved = reserve_ports(parse_ports(ports_json("", 8053, 53, "10.99.0.2", "udp")));
  ports.add(reserved);
  const UniqueFd client(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = address_of("127.0.0.1", 8053);
  pollfd ready{server.get(), POLLIN, 0};
  for (int tries = 0; tries < 40 && ready.revents == 0; ++tries) {
    BOOST_TEST(::sendto(client.get(), "ask", 3, 0, reinterpret_cast<const sockaddr*>(&address),
                        sizeof address) == 3);
    ::poll(&ready, 1, 50);
  }
  BOOST_TEST_REQUIRE(ready.revents == POLLIN);
  char text[8];
  sockaddr_in from{};
  socklen_t size = sizeof from;
  BOOST_TEST(::recvfrom(server.get(), text, sizeof text, 0, reinterpret_cast<sockaddr*>(&from),
                        &size) == 3);
  BOOST_TEST(::sendto(server.get(), "answer", 6, 0, reinterpret_cast<sockaddr*>(&from), size) == 6);
  ready = {client.get(), POLLIN, 0};
  BOOST_TEST_REQUIRE(::poll(&ready, 1, 2000) == 1);
  size = sizeof from;
  ::recvfrom(client.get(), text, sizeof text, 0, reinterpret_cast<sockaddr*>(&from), &size);
  BOOST_TEST(ntohs(from.sin_port) == 8053);
}

// What arrives at a socket when `client` goes on asking; "" when nothing does.
std::string asked(int client, std::uint16_t port, int server) {
  const sockaddr_in address = address_of("127.0.0.1", port);
  pollfd ready{server, POLLIN, 0};
  for (int tries = 0; tries < 10 && ready.revents == 0; ++tries) {
    ::sendto(client, "ask", 3, 0, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    ::poll(&ready, 1, 50);
  }
  char text[8];
  const ssize_t size = ready.revents == 0 ? 0 : ::recv(server, text, sizeof text, MSG_DONTWAIT);
  return {text, static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
}

BOOST_AUTO_TEST_CASE(a_udp_client_that_keeps_its_port_follows_the_published_one) {
  const std::string net = network("gt0", 0);
  plane.network_up(net);
  const UniqueFd a = stack('a', sandbox(net, "10.99.0.2/24", "10.99.0.1", "02:42:0a:63:00:02"));
  const UniqueFd b = stack('b', sandbox(net, "10.99.0.3/24", "10.99.0.1", "02:42:0a:63:00:03"));
  const auto listen = [] {
    UniqueFd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const sockaddr_in address = address_of("0.0.0.0", 53);
    BOOST_TEST(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    return fd;
  };
  const UniqueFd first = inside(a.get(), listen), second = inside(b.get(), listen);
  const UniqueFd client(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  // Before anything is published, and then all the time.
  const sockaddr_in address = address_of("127.0.0.1", 8054);
  ::sendto(client.get(), "ask", 3, 0, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  auto reserved = reserve_ports(parse_ports(ports_json("", 8054, 53, "10.99.0.2", "udp")));
  ports.add(reserved);
  BOOST_TEST(asked(client.get(), 8054, first.get()) == "ask");
  ports.remove(write_ports(reserved));
  reserved.clear();
  reserved = reserve_ports(parse_ports(ports_json("", 8054, 53, "10.99.0.3", "udp")));
  ports.add(reserved);
  BOOST_TEST(asked(client.get(), 8054, second.get()) == "ask");
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

// "Outside": a second host behind a veth that is not one of our bridges.
struct Outside : Fixture {
  NetworkNamespace world = make_network_namespace();
  Outside() {
    const NetlinkSocket host;
    raise_loopback(world.socket);
    plane.network_up(network("gt3", 3, R"(,"masquerade":false)"));
    plane.sandbox_up(id('f'),
                     sandbox(network("gt3", 3), "10.99.3.9/24", "10.99.3.1", "02:42:0a:63:03:09"),
                     no_container);
    world.fd = std::move(plane.take_sandbox(id('f'))->netns);
    // To the firewall it is a stranger's interface.
    apply_ruleset(
        "delete element ip gantry-test bridges { \"gt3\" }\n"
        "delete element ip gantry-test pairs { \"gt3\" . \"gt3\" }\n");
  }
};

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

BOOST_AUTO_TEST_CASE(stale_translations_are_replaced_and_cleared) {
  plane.network_up(network("gt0", 0));
  auto reserved = reserve_ports(parse_ports(ports_json("0.0.0.0", 8080, 80, "10.99.0.2")));
  ports.add(reserved);
  reserved[0].request.container_ip = "10.99.0.3";
  ports.add(reserved);  // the port's owner changed
  const auto elements = list_elements("gantry-test", "any_ports");
  BOOST_TEST_REQUIRE(elements->size() == 1u);
  BOOST_TEST(elements->front().data.substr(0, 4) == std::string("\x0a\x63\0\x03", 4));
  const auto other = reserve_ports(parse_ports(ports_json("127.0.0.1", 8082, 80, "10.99.0.2")));
  ports.add(other);
  ports.keep_only({write_ports(other)});
  BOOST_TEST(list_elements("gantry-test", "any_ports")->empty());
  BOOST_TEST(list_elements("gantry-test", "host_ports")->size() == 1u);
  ports.keep_only({});
  BOOST_TEST(list_elements("gantry-test", "host_ports")->empty());
}

BOOST_AUTO_TEST_CASE(a_port_that_somebody_has_is_a_conflict) {
  const UniqueFd mine = listen_on(7100);
  const auto in_use = [](const Error& e) {
    BOOST_TEST(
        std::string(e.what()) ==
        "failed to bind host port for 0.0.0.0:7100:10.99.0.2:80/tcp: address already in use");
    return e.code() == GANTRY_CONFLICT && e.os_errno() == EADDRINUSE;
  };
  BOOST_CHECK_EXCEPTION(reserve_ports(parse_ports(ports_json("0.0.0.0", 7100, 80, "10.99.0.2"))),
                        Error, in_use);
  // The next of a range is taken, and a reserved one is not given twice.
  const auto second =
      reserve_ports(parse_ports(ports_json("", 7100, 80, "10.99.0.2", "tcp", 7102)));
  BOOST_TEST(second[0].host_port == 7101);
  const auto third = reserve_ports(parse_ports(ports_json("", 7100, 80, "10.99.0.2", "tcp", 7102)));
  BOOST_TEST(third[0].host_port == 7102);
  BOOST_CHECK_THROW(reserve_ports(parse_ports(ports_json("", 7100, 80, "10.99.0.2", "tcp", 7102))),
                    Error);
  // UDP is another matter.
  const auto udp = reserve_ports(parse_ports(ports_json("", 7100, 80, "10.99.0.2", "udp")));
  BOOST_CHECK_THROW(reserve_ports(parse_ports(ports_json("", 7100, 80, "10.99.0.2", "udp"))),
                    Error);
}

BOOST_AUTO_TEST_CASE(any_free_port_is_the_same_for_both_families) {
  const std::string four = ports_json("0.0.0.0", 0, 80, "10.99.0.2"),
                    six = ports_json("::", 0, 80, "10.99.0.2");
  const auto both =
      reserve_ports(parse_ports(four.substr(0, four.size() - 1) + "," + six.substr(1)));
  BOOST_TEST_REQUIRE(both.size() == 2u);
  BOOST_TEST(both[0].host_port != 0);
  BOOST_TEST(both[0].host_port == both[1].host_port);
  const JsonDocument written = parse_json(write_ports(both), "ports");
  BOOST_TEST(number_of(written[1], "host_port") == both[1].host_port);
  BOOST_TEST(text_of(written[1], "host_ip") == "::");
}

BOOST_AUTO_TEST_CASE(many_ports_are_one_change) {
  plane.network_up(network("gt0", 0));
  std::vector<ReservedPort> many;
  for (int i = 0; i < 1000; ++i) {
    PortRequest request;
    request.container_ip = "10.99.0.2";
    request.container_port = static_cast<std::uint16_t>(10000 + i);
    if (i % 2 == 1) request.host_ip = "127.0.0.1";
    many.push_back({request, static_cast<std::uint16_t>(20000 + i), {}});
  }
  ports.add(many);
  BOOST_TEST(list_elements("gantry-test", "any_ports")->size() == 500u);
  BOOST_TEST(list_elements("gantry-test", "host_ports")->size() == 500u);
  ports.remove(write_ports(many));
  BOOST_TEST(list_elements("gantry-test", "any_ports")->empty());
}

BOOST_AUTO_TEST_CASE(a_dropping_forward_chain_is_reported) {
  BOOST_TEST(forward_warnings("gantry-test").empty());
  apply_ruleset(
      "add table ip others\n"
      "add chain ip others FORWARD { type filter hook forward priority 0; policy drop; }\n");
  const auto warnings = forward_warnings("gantry-test");
  BOOST_TEST_REQUIRE(warnings.size() == 1u);
  BOOST_TEST(warnings[0].find("FORWARD of the nftables table others") != std::string::npos);
  BOOST_TEST(forward_warnings("others").empty());
  apply_ruleset("delete table ip others\n");
}

BOOST_AUTO_TEST_SUITE_END()
