#include "core/ports/port_ledger.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <boost/test/unit_test.hpp>
#include <thread>

#include "core/base/error.hpp"
#include "core/base/socket.hpp"
#include "core/ports/host_ports.hpp"

using namespace gantry::ports;
using gantry::Error;

namespace {

PortRequest request(int first, int last, std::vector<std::string> ips = {"0.0.0.0", "::"},
                    std::string protocol = "tcp") {
  return {80, std::move(protocol), std::move(ips), first, last};
}

bool any(const std::string&, const std::string&, int) { return true; }

std::string fault_of(PortLedger& ledger, const char* container, std::vector<PortRequest> requests) {
  try {
    ledger.reserve(container, requests);
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_port_is_held_by_one_container_and_freed_with_it) {
  PortLedger ledger({40000, 40010}, any);
  const auto published = ledger.reserve("a", {request(8080, 8080)});
  BOOST_REQUIRE(published.size() == 2u);
  BOOST_TEST(published[0].host_ip == "0.0.0.0");
  BOOST_TEST(published[1].host_ip == "::");
  BOOST_TEST(published[1].host_port == 8080);
  BOOST_TEST(fault_of(ledger, "b", {request(8080, 8080)}) ==
             "Bind for 0.0.0.0:8080 failed: port is already allocated");
  ledger.release("a");
  BOOST_TEST(fault_of(ledger, "b", {request(8080, 8080)}).empty());
}

BOOST_AUTO_TEST_CASE(all_addresses_conflict_with_each_single_one_of_their_family) {
  PortLedger ledger({40000, 40010}, any);
  ledger.reserve("a", {request(53, 53, {"127.0.0.1"})});
  BOOST_TEST(fault_of(ledger, "b", {request(53, 53, {"127.0.0.2"})}).empty());
  BOOST_TEST(fault_of(ledger, "c", {request(53, 53, {"::1"})}).empty());
  BOOST_TEST(fault_of(ledger, "d", {request(53, 53, {"127.0.0.1"}, "udp")}).empty());
  BOOST_TEST(fault_of(ledger, "e", {request(53, 53, {"0.0.0.0"})}) ==
             "Bind for 0.0.0.0:53 failed: port is already allocated");
  BOOST_TEST(fault_of(ledger, "f", {request(53, 53, {"::"})}) ==
             "Bind for :::53 failed: port is already allocated");
}

BOOST_AUTO_TEST_CASE(a_failed_reservation_leaves_nothing_behind) {
  PortLedger ledger({40000, 40010}, any);
  ledger.reserve("a", {request(81, 81)});
  BOOST_TEST(!fault_of(ledger, "b", {request(80, 80), request(81, 81)}).empty());
  BOOST_TEST(fault_of(ledger, "c", {request(80, 80)}).empty());
}

BOOST_AUTO_TEST_CASE(ephemeral_ports_go_on_from_the_last_one_and_wrap) {
  PortLedger ledger({40000, 40002}, any);
  BOOST_TEST(ledger.reserve("a", {request(0, 0)})[0].host_port == 40000);
  ledger.release("a");
  BOOST_TEST(ledger.reserve("b", {request(0, 0)})[1].host_port == 40001);
  BOOST_TEST(ledger.reserve("c", {request(0, 0)})[0].host_port == 40002);
  BOOST_TEST(ledger.reserve("d", {request(0, 0)})[0].host_port == 40000);
  BOOST_TEST(fault_of(ledger, "e", {request(0, 0)}) == "all ports are allocated");
}

BOOST_AUTO_TEST_CASE(ports_of_other_processes_are_not_chosen) {
  PortLedger ledger({40000, 40009}, [](const std::string&, const std::string& ip, int port) {
    return port > 40004 && (ip != "::" || port > 40006);
  });
  BOOST_TEST(ledger.reserve("a", {request(0, 0)})[0].host_port == 40007);
  BOOST_TEST(ledger.reserve("b", {request(40001, 40009)})[0].host_port == 40008);
}

BOOST_AUTO_TEST_CASE(fixed_numbers_come_before_ranges) {
  PortLedger ledger({40000, 40010}, any);
  const auto ports =
      ledger.reserve("a", {request(9000, 9001, {"0.0.0.0"}), request(9000, 9000, {"0.0.0.0"})});
  BOOST_TEST(ports[0].host_port == 9001);
  BOOST_TEST(ports[1].host_port == 9000);
  BOOST_TEST(fault_of(ledger, "b", {request(9000, 9001)}) == "all ports are allocated");
}

BOOST_AUTO_TEST_CASE(ports_of_running_containers_are_known_again_after_a_restart) {
  PortLedger ledger({40000, 40010}, any);
  ledger.adopt("a", {{80, "tcp", "0.0.0.0", 8080}});
  BOOST_TEST(!fault_of(ledger, "b", {request(8080, 8080)}).empty());
  ledger.release("a");
  BOOST_TEST(fault_of(ledger, "b", {request(8080, 8080)}).empty());
}

BOOST_AUTO_TEST_CASE(many_containers_never_share_a_port) {
  PortLedger ledger({40000, 40399}, any);
  std::vector<std::thread> threads;
  std::vector<std::vector<int>> taken(4);
  for (size_t t = 0; t < taken.size(); ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 100; ++i)
        taken[t].push_back(
            ledger.reserve(std::to_string(t) + "-" + std::to_string(i), {request(0, 0)})[0]
                .host_port);
    });
  for (auto& thread : threads) thread.join();
  std::set<int> all;
  for (const auto& ports : taken) all.insert(ports.begin(), ports.end());
  BOOST_TEST(all.size() == 400u);
}

BOOST_AUTO_TEST_CASE(a_listening_socket_makes_its_port_unbindable) {
  const gantry::UniqueFd fd = gantry::make_socket(AF_INET, SOCK_STREAM);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  BOOST_REQUIRE(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  BOOST_REQUIRE(::listen(fd.get(), 1) == 0);
  socklen_t size = sizeof address;
  ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size);
  const int port = ntohs(address.sin_port);
  BOOST_TEST(!is_bindable("tcp", "127.0.0.1", port));
  BOOST_TEST(!is_bindable("tcp", "0.0.0.0", port));
  BOOST_TEST(is_bindable("udp", "127.0.0.1", port));
  BOOST_TEST(
      is_bindable("tcp", "192.0.2.1", port));  // not our address: somebody else's error to name
}

BOOST_AUTO_TEST_CASE(the_ephemeral_range_is_a_range_of_ports) {
  const PortRange range = ephemeral_range();
  BOOST_TEST(range.first > 0);
  BOOST_TEST(range.first <= range.last);
  BOOST_TEST(range.last <= 65535);
}
