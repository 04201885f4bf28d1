// What the tests of the data plane share: documents, sockets inside a stack, networks gt0 to gt3.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netlink/route/link/bridge.h>
#include <poll.h>
#include <sched.h>
#include <sys/resource.h>
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
#include "network/data_plane.hpp"
#include "network/forward_policy.hpp"
#include "network/nft.hpp"
#include "network/nft_elements.hpp"
#include "network/port_map.hpp"
#include "network/port_reservation.hpp"
#include "network/routes.hpp"

namespace gantry::oci {

inline std::string id(char digit) { return std::string(64, digit); }

inline std::string network(const std::string& bridge, int net, const std::string& more = "") {
  const std::string prefix = "10.99." + std::to_string(net);
  return R"({"id":"n","driver":"bridge","bridge":")" + bridge + R"(","subnet":")" + prefix +
         R"(.0/24","gateway":")" + prefix + R"(.1","mtu":1400)" + more + "}";
}

inline std::string sandbox(const std::string& net, const std::string& address,
                           const std::string& gateway, const std::string& mac) {
  return R"({"mode":"private","endpoints":[{"network":)" + net +
         R"(,"endpoint_id":"e","interface":"eth0","address":")" + address + R"(","mac":")" + mac +
         R"(","gateway":")" + gateway + R"("}]})";
}

inline UniqueFd no_container(const std::string&) { throw Error(GANTRY_CONFLICT, "none"); }

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

inline sockaddr_in address_of(const char* ip, int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  ::inet_pton(AF_INET, ip, &address.sin_addr);
  return address;
}

inline UniqueFd listen_on(int port) {
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
inline std::string peer_seen(int listener, const char* ip, int port, int wait_ms = 10'000) {
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

inline bool has_interface(const std::string& name) { return find_link(NetlinkSocket(), name) != 0; }

// Interfaces are removed in the background.
inline bool goes(const std::string& name) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (std::chrono::steady_clock::now() < end) {
    if (!has_interface(name)) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}

inline bool has_table(const std::string& name) {
  return list_elements(name, "any_ports").has_value();
}

inline std::string ports_json(const std::string& host_ip, int host_port, int container_port,
                              const std::string& container_ip, const std::string& protocol = "tcp",
                              int end = 0) {
  return R"([{"protocol":")" + protocol + R"(","host_ip":")" + host_ip + R"(","host_port":)" +
         std::to_string(host_port) + R"(,"host_port_end":)" + std::to_string(end) +
         R"(,"container_ip":")" + container_ip + R"(","container_port":)" +
         std::to_string(container_port) + "}]";
}

struct DataPlaneFixture {
  DataPlane plane{"gantry-test"};
  PortMap ports{"gantry-test"};
  ~DataPlaneFixture() {
    for (int i = 0; i < 4; ++i) plane.network_down(network("gt" + std::to_string(i), i));
  }
  UniqueFd stack(char digit, const std::string& document) {
    plane.sandbox_up(id(digit), document, no_container);
    return std::move(plane.take_sandbox(id(digit))->netns);
  }
  UniqueFd host_stack() { return open_at(AT_FDCWD, "/proc/self/ns/net", O_RDONLY); }
};

// A second host behind a veth that is not one of our bridges.
struct Outside : DataPlaneFixture {
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

}  // namespace gantry::oci
