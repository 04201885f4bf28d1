// Published ports of the data plane, in a network namespace of the test's own.
#include "data_plane_fixture.hpp"

using namespace gantry::oci;

BOOST_FIXTURE_TEST_SUITE(published_ports, DataPlaneFixture)

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
  ports.remove({published});
  ports.remove({published});
  BOOST_TEST(peer_seen(server.get(), "10.99.0.1", 8080, 200) == "");
  BOOST_TEST(list_elements("gantry-test", "any_ports")->empty());
}

BOOST_AUTO_TEST_CASE(thousands_of_ports_are_published_at_once) {
  constexpr std::uint16_t kPorts = 5000;
  plane.network_up(network("gt0", 0));
  std::vector<ReservedPort> many(kPorts);
  for (std::uint16_t i = 0; i < kPorts; ++i) {
    many[i].host_port = many[i].request.host_port = static_cast<std::uint16_t>(20000 + i);
    many[i].request.container_ip = "10.99.0.2";
    many[i].request.container_port = 80;
  }
  ports.add(many);
  BOOST_TEST(list_elements("gantry-test", "any_ports")->size() == kPorts);
  for (ReservedPort& port : many) port.request.container_port = 81;
  ports.add(many);  // where something else was left
  BOOST_TEST(list_elements("gantry-test", "any_ports")->size() == kPorts);
  ports.remove({write_ports(many)});
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
  for (int tries = 0; tries < 100 && ready.revents == 0; ++tries) {
    ::sendto(client, "ask", 3, 0, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    ::poll(&ready, 1, 50);
  }
  char text[8];
  const ssize_t size = ready.revents == 0 ? 0 : ::recv(server, text, sizeof text, MSG_DONTWAIT);
  return {text, static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
}

UniqueFd udp_server() {
  UniqueFd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = address_of("0.0.0.0", 53);
  BOOST_TEST(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  return fd;
}

BOOST_AUTO_TEST_CASE(a_udp_client_that_keeps_its_port_follows_the_published_one) {
  const std::string net = network("gt0", 0);
  plane.network_up(net);
  const UniqueFd a = stack('a', sandbox(net, "10.99.0.2/24", "10.99.0.1", "02:42:0a:63:00:02"));
  const UniqueFd b = stack('b', sandbox(net, "10.99.0.3/24", "10.99.0.1", "02:42:0a:63:00:03"));
  const UniqueFd first = inside(a.get(), udp_server), second = inside(b.get(), udp_server);
  const UniqueFd client(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  // Before anything is published, and then all the time.
  const sockaddr_in address = address_of("127.0.0.1", 8054);
  ::sendto(client.get(), "ask", 3, 0, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  auto reserved = reserve_ports(parse_ports(ports_json("", 8054, 53, "10.99.0.2", "udp")));
  ports.add(reserved);
  BOOST_TEST(asked(client.get(), 8054, first.get()) == "ask");
  ports.remove({write_ports(reserved)});
  reserved.clear();
  reserved = reserve_ports(parse_ports(ports_json("", 8054, 53, "10.99.0.3", "udp")));
  ports.add(reserved);
  BOOST_TEST(asked(client.get(), 8054, second.get()) == "ask");
}

BOOST_AUTO_TEST_CASE(containers_that_end_together_take_their_flows_along_and_no_others) {
  const std::string net = network("gt0", 0);
  plane.network_up(net);
  const UniqueFd a = stack('a', sandbox(net, "10.99.0.2/24", "10.99.0.1", "02:42:0a:63:00:02"));
  const UniqueFd b = stack('b', sandbox(net, "10.99.0.3/24", "10.99.0.1", "02:42:0a:63:00:03"));
  const UniqueFd c = stack('c', sandbox(net, "10.99.0.4/24", "10.99.0.1", "02:42:0a:63:00:04"));
  const UniqueFd in_a = inside(a.get(), udp_server), in_b = inside(b.get(), udp_server),
                 in_c = inside(c.get(), udp_server);
  const auto publish = [&](std::uint16_t port, const char* ip) {
    auto reserved = reserve_ports(parse_ports(ports_json("", port, 53, ip, "udp")));
    ports.add(reserved);
    return reserved;
  };
  auto one = publish(8055, "10.99.0.2"), two = publish(8056, "10.99.0.3"),
       stays = publish(8057, "10.99.0.4");
  const auto client = [] { return UniqueFd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)); };
  const UniqueFd of_one = client(), of_two = client(), of_stays = client();
  BOOST_TEST(asked(of_one.get(), 8055, in_a.get()) == "ask");
  BOOST_TEST(asked(of_two.get(), 8056, in_b.get()) == "ask");
  BOOST_TEST(asked(of_stays.get(), 8057, in_c.get()) == "ask");
  ports.remove({write_ports(one), write_ports(two)});
  BOOST_TEST(list_elements("gantry-test", "any_ports")->size() == 1u);
  BOOST_TEST(asked(of_stays.get(), 8057, in_c.get()) == "ask");
  one.clear();
  two.clear();
  one = publish(8055, "10.99.0.3");
  two = publish(8056, "10.99.0.2");
  BOOST_TEST(asked(of_one.get(), 8055, in_b.get()) == "ask");
  BOOST_TEST(asked(of_two.get(), 8056, in_a.get()) == "ask");
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

BOOST_AUTO_TEST_CASE(a_port_of_another_container_by_now_stays) {
  plane.network_up(network("gt0", 0));
  const auto first = reserve_ports(parse_ports(ports_json("0.0.0.0", 8080, 80, "10.99.0.2")));
  ports.add(first);
  auto next = parse_ports(write_ports(first));
  next[0].container_ip = "10.99.0.3";
  std::vector<ReservedPort> second;
  second.push_back({next[0], 8080, {}});
  ports.add_again(write_ports(second));
  ports.remove({write_ports(first)});
  BOOST_TEST(list_elements("gantry-test", "any_ports")->size() == 1u);
  ports.remove({write_ports(second)});
  BOOST_TEST(list_elements("gantry-test", "any_ports")->empty());
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
  ports.remove({write_ports(many)});
  BOOST_TEST(list_elements("gantry-test", "any_ports")->empty());
}

BOOST_AUTO_TEST_SUITE_END()
