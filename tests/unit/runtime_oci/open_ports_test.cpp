// Ports that are reached at the container's own address, in a network namespace of the test's own.
#include <netinet/ip_icmp.h>

#include "data_plane_fixture.hpp"

using namespace gantry::oci;

namespace {

const char kRouted[] = R"(,"mode":"routed")";

std::string opened(int port, const std::string& address, const std::string& protocol = "tcp") {
  return R"([{"protocol":")" + protocol + R"(","open":true,"container_ip":")" + address +
         R"(","container_port":)" + std::to_string(port) + "}]";
}

// Whether the answer to a ping comes in time.
bool answers_ping(const char* ip, int wait_ms) {
  const UniqueFd ping(::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP));
  const sockaddr_in address = address_of(ip, 0);
  icmphdr request{};
  request.type = ICMP_ECHO;
  // A number of its own: the kernel tracks pings by it, also those of an earlier test.
  static std::uint16_t number = 0;
  request.un.echo.id = htons(++number);
  request.checksum = htons(static_cast<std::uint16_t>(0xf7ff - number));
  for (int waited = 0; waited < wait_ms; waited += 50) {
    ::sendto(ping.get(), &request, sizeof request, 0, reinterpret_cast<const sockaddr*>(&address),
             sizeof address);
    pollfd ready{ping.get(), POLLIN, 0};
    while (::poll(&ready, 1, 50) == 1) {
      char packet[128];  // with the header of IP
      if (::recv(ping.get(), packet, sizeof packet, 0) >= 28 &&
          packet[(packet[0] & 15) * 4] == ICMP_ECHOREPLY)
        return true;
    }
  }
  return false;
}

}  // namespace

struct Opened : Outside {
  UniqueFd server(char digit, const std::string& net, const std::string& address,
                  const std::string& gateway, const std::string& mac, int port = 80) {
    stacks.push_back(stack(digit, sandbox(net, address, gateway, mac)));
    return inside(stacks.back().get(), [port] { return listen_on(port); });
  }
  // Who the server sees, asked from `netns`; waits long for what should come.
  std::string seen(const UniqueFd& netns, const UniqueFd& server, const char* ip, int port,
                   bool wanted) {
    return inside(netns.get(),
                  [&] { return peer_seen(server.get(), ip, port, wanted ? 2000 : 300); });
  }
  bool pings(const char* ip, bool wanted) {
    return inside(world.fd.get(), [&] { return answers_ping(ip, wanted ? 2000 : 300); });
  }
  std::vector<UniqueFd> stacks;
};

BOOST_FIXTURE_TEST_SUITE(open_ports, Opened)

BOOST_AUTO_TEST_CASE(routed_containers_answer_pings_and_on_open_ports_and_keep_their_addresses) {
  const std::string net = network("gt0", 0, kRouted), other = network("gt1", 1);
  plane.network_up(net);
  plane.network_up(other);
  const UniqueFd web = server('a', net, "10.99.0.2/24", "10.99.0.1", "02:42:0a:63:00:02");
  const UniqueFd secret = inside(stacks[0].get(), [] { return listen_on(81); });
  const UniqueFd there = server('b', other, "10.99.1.2/24", "10.99.1.1", "02:42:0a:63:01:02");
  BOOST_TEST(pings("10.99.0.2", true));
  BOOST_TEST(!pings("10.99.1.2", false));
  BOOST_TEST(seen(world.fd, web, "10.99.0.2", 80, false) == "");

  const std::string ports_open = opened(80, "10.99.0.2");
  ports.add(reserve_ports(parse_ports(ports_open)));
  BOOST_TEST(seen(world.fd, web, "10.99.0.2", 80, true) == "10.99.3.9");
  BOOST_TEST(seen(world.fd, secret, "10.99.0.2", 81, false) == "");
  // From another network as from another host, behind that network's gateway.
  BOOST_TEST(seen(stacks[1], web, "10.99.0.2", 80, true) == "10.99.0.1");
  const UniqueFd out = inside(world.fd.get(), [] { return listen_on(90); });
  BOOST_TEST(seen(stacks[0], out, "10.99.3.9", 90, true) == "10.99.0.2");

  ports.remove({ports_open});
  ports.remove({ports_open});
  BOOST_TEST(seen(world.fd, web, "10.99.0.2", 80, false) == "");
  plane.network_down(net);
  for (const char* set : {"routed", "open_ports", "closed", "trusted"})
    BOOST_TEST(list_elements("gantry-test", set)->empty(), set);
}

BOOST_AUTO_TEST_CASE(without_icc_neighbours_do_not_reach_open_ports) {
  const std::string net = network("gt0", 0, std::string(kRouted) + R"(,"icc":false)");
  plane.network_up(net);
  const UniqueFd web = server('a', net, "10.99.0.2/24", "10.99.0.1", "02:42:0a:63:00:02");
  const UniqueFd there = server('b', net, "10.99.0.3/24", "10.99.0.1", "02:42:0a:63:00:03");
  ports.add(reserve_ports(parse_ports(opened(80, "10.99.0.2"))));
  // The bridge keeps them apart, and the host does not help.
  inside(stacks[1].get(), [] {
    const NetlinkSocket socket;
    const auto to = parse_address("10.99.0.2/32", AF_INET),
               by = parse_address("10.99.0.1", AF_INET);
    const Netlink<rtnl_route> route(::rtnl_route_alloc());
    ::rtnl_route_set_dst(route.get(), to.get());
    rtnl_nexthop* hop = ::rtnl_route_nh_alloc();
    ::rtnl_route_nh_set_ifindex(hop, find_link(socket, "eth0"));
    ::rtnl_route_nh_set_gateway(hop, by.get());
    ::rtnl_route_add_nexthop(route.get(), hop);
    BOOST_REQUIRE(::rtnl_route_add(socket.get(), route.get(), 0) >= 0);
    return 0;
  });
  BOOST_TEST(seen(stacks[1], web, "10.99.0.2", 80, false) == "");
  BOOST_TEST(seen(world.fd, web, "10.99.0.2", 80, true) == "10.99.3.9");
}

BOOST_AUTO_TEST_CASE(trusted_interfaces_reach_open_ports_of_their_networks_only) {
  const std::string net = network("gt0", 0, R"(,"trusted":["gt3","eth7"])"),
                    other = network("gt1", 1);
  plane.network_up(net);
  plane.network_up(other);
  const UniqueFd web = server('a', net, "10.99.0.2/24", "10.99.0.1", "02:42:0a:63:00:02");
  const UniqueFd secret = inside(stacks[0].get(), [] { return listen_on(81); });
  const UniqueFd there = server('b', other, "10.99.1.2/24", "10.99.1.1", "02:42:0a:63:01:02");
  for (const char* address : {"10.99.0.2", "10.99.1.2"})
    ports.add(reserve_ports(parse_ports(opened(80, address))));
  BOOST_TEST(seen(world.fd, web, "10.99.0.2", 80, true) == "10.99.3.9");
  BOOST_TEST(seen(world.fd, secret, "10.99.0.2", 81, false) == "");
  BOOST_TEST(seen(world.fd, there, "10.99.1.2", 80, false) == "");
  BOOST_TEST(seen(stacks[1], web, "10.99.0.2", 80, false) == "");  // gt1 is not trusted
  BOOST_TEST(!pings("10.99.0.2", false));
}

BOOST_AUTO_TEST_CASE(a_udp_flow_does_not_outlive_its_opening) {
  const std::string net = network("gt0", 0, kRouted);
  plane.network_up(net);
  const auto listen = [] {
    UniqueFd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const sockaddr_in address = address_of("0.0.0.0", 53);
    BOOST_TEST(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    return fd;
  };
  stacks.push_back(stack('a', sandbox(net, "10.99.0.2/24", "10.99.0.1", "02:42:0a:63:00:02")));
  const UniqueFd server = inside(stacks[0].get(), listen);
  const UniqueFd client = inside(
      world.fd.get(), [] { return UniqueFd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)); });
  // Whether what the client sends arrives; it is answered then.
  const auto heard = [&](int tries) {
    const sockaddr_in address = address_of("10.99.0.2", 53);
    pollfd ready{server.get(), POLLIN, 0};
    while (tries-- > 0 && ready.revents == 0) {
      ::sendto(client.get(), "ask", 3, 0, reinterpret_cast<const sockaddr*>(&address),
               sizeof address);
      ::poll(&ready, 1, 50);
    }
    if (ready.revents == 0) return false;
    char text[8];
    sockaddr_in from{};
    socklen_t size = sizeof from;
    while (::recvfrom(server.get(), text, sizeof text, MSG_DONTWAIT,
                      reinterpret_cast<sockaddr*>(&from), &size) > 0)
      ::sendto(server.get(), "answer", 6, 0, reinterpret_cast<const sockaddr*>(&from), size);
    return true;
  };
  const std::string open = opened(53, "10.99.0.2", "udp");
  ports.add(reserve_ports(parse_ports(open)));
  BOOST_TEST(heard(40));
  ports.remove({open});
  BOOST_TEST(!heard(6));
}

BOOST_AUTO_TEST_CASE(a_stale_opening_goes_with_the_next_daemon) {
  plane.network_up(network("gt0", 0, kRouted));
  for (const char* address : {"10.99.0.2", "10.99.0.3"})
    ports.add(reserve_ports(parse_ports(opened(80, address))));
  ports.keep_only({opened(80, "10.99.0.3")});
  BOOST_TEST(list_elements("gantry-test", "open_ports")->size() == 1u);
  ports.keep_only({});
  BOOST_TEST(list_elements("gantry-test", "open_ports")->empty());
}

BOOST_AUTO_TEST_CASE(an_opening_needs_an_address_and_holds_no_socket) {
  const auto reserved = reserve_ports(parse_ports(opened(53, "fd99::2", "udp")));
  BOOST_REQUIRE(reserved.size() == 1u);
  BOOST_TEST(!reserved[0].socket);
  BOOST_TEST(write_ports(reserved).find("\"open\":true") != std::string::npos);
  BOOST_TEST(parse_ports(write_ports(reserved))[0].container_ip == "fd99::2");
  BOOST_CHECK_EXCEPTION(parse_ports(opened(80, "here")), Error,
                        [](const Error& e) { return e.code() == GANTRY_INVALID; });
}

BOOST_AUTO_TEST_SUITE_END()
