// Many questions at once, on the loopback: none is lost, and memory stays bounded.
#include <arpa/inet.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <thread>

#include "fake_server.hpp"
#include "queries.hpp"
#include "resolver/tcp_door.hpp"
#include "resolver/udp_door.hpp"

namespace net_dns {

namespace {

UniqueFd bound(int type) {
  UniqueFd fd(::socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  auto at = parse_server("127.0.0.1:1");
  reinterpret_cast<sockaddr_in&>(at->storage).sin_port = 0;
  BOOST_REQUIRE(::bind(fd.get(), at->get(), at->size) == 0);
  if (type == SOCK_STREAM) ::listen(fd.get(), 64);
  return fd;
}

/// A resolver in a thread of its own, as the process has it, with a server outside in its loop.
class Running {
 public:
  Running() : udp_(bound(SOCK_DGRAM)), tcp_(bound(SOCK_STREAM)) {
    udp_address = local_address(udp_.get());
    tcp_address = local_address(tcp_.get());
    thread_ = std::thread([this] { run(); });
  }
  ~Running() {
    stop_ = true;
    thread_.join();
  }

  SocketAddress udp_address, tcp_address;

 private:
  void run() {
    Poller poller;
    Timers timers;
    Service service(poller, timers);
    test::FakeServer outside(
        poller, [](const Bytes& asked) { return test::reply(asked, {"x. 60 IN A 1.2.3.4"}); });
    Settings settings;
    settings.upstreams = {outside.address()};
    service.host_servers().configure(settings);
    service.zone().set_network({"n", "net", "bridge", "", "", false, false, "", ""});
    gantry::sdk::Member member;
    member.container_id = "a";
    member.names = {"db"};
    member.address = "10.0.0.2/24";
    service.zone().set_member("n", member);
    const AskerPtr asker = service.asker("a");
    const WhoAsks who = [&](const SocketAddress&) { return asker; };
    const UdpDoor udp(std::move(udp_), who, service, poller);
    const TcpDoor tcp(std::move(tcp_), who, service, poller, timers);
    while (!stop_) {
      const int next = timers.next_ms();
      poller.run_once(next < 0 || next > 20 ? 20 : next);
      timers.run();
    }
  }

  UniqueFd udp_, tcp_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

/// Asks `count` questions with `window` of them under way; gives the number of answers.
std::size_t ask_many(const SocketAddress& server, std::size_t count, std::size_t window,
                     const std::function<std::string(std::size_t)>& name) {
  const UniqueFd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const timeval limit{5, 0};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  const int room = 2 << 20;  // the answers to a window
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
  if (::connect(fd.get(), server.get(), server.size) != 0) return 0;
  std::size_t sent = 0, answered = 0;
  std::uint8_t bytes[2048];
  while (answered < count) {
    for (; sent < count && sent - answered < window; ++sent) {
      const Bytes query =
          test::query({name(sent), LDNS_RR_TYPE_A, static_cast<std::uint16_t>(sent)});
      ::send(fd.get(), query.data(), query.size(), 0);
    }
    if (::recv(fd.get(), bytes, sizeof bytes, 0) <= 0) break;
    if ((bytes[3] & 0x0f) == LDNS_RCODE_NOERROR) ++answered;
  }
  return answered;
}

long resident_kilobytes() {
  std::ifstream file("/proc/self/statm");
  long size = 0, resident = 0;
  file >> size >> resident;
  return resident * 4;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(load)

BOOST_AUTO_TEST_CASE(thousands_of_questions_at_once_are_all_answered) {
  const Running resolver;
  constexpr std::size_t kClients = 4, kEach = 5000;
  std::atomic<std::size_t> answered{0};
  const auto begun = Timers::now_ms();
  std::vector<std::thread> clients;
  for (std::size_t i = 0; i < kClients; ++i)
    clients.emplace_back([&] {
      answered += ask_many(resolver.udp_address, kEach, 32, [](std::size_t) { return "db."; });
    });
  for (auto& client : clients) client.join();
  const auto took = Timers::now_ms() - begun;
  BOOST_TEST(answered == kClients * kEach);
  BOOST_TEST_MESSAGE(kClients * kEach << " answers in " << took << " ms");
}

BOOST_AUTO_TEST_CASE(a_burst_of_questions_finds_room) {
  const Running resolver;
  constexpr std::size_t kBurst = 1000;
  const auto db = [](std::size_t) { return "db."; };
  BOOST_TEST(ask_many(resolver.udp_address, 1, 1, db) == 1u);  // it is up
  BOOST_TEST(ask_many(resolver.udp_address, kBurst, kBurst, db) == kBurst);
}

BOOST_AUTO_TEST_CASE(many_names_outside_are_asked_for_and_memory_stays_bounded) {
  const Running resolver;
  constexpr std::size_t kNames = 12000;
  ask_many(resolver.udp_address, 2000, 16, test::numbered);
  const long before = resident_kilobytes();
  BOOST_TEST(ask_many(resolver.udp_address, kNames, 16, test::numbered) == kNames);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  BOOST_TEST(resident_kilobytes() - before < 12 * 1024);
#else
  static_cast<void>(before);
#endif
}

BOOST_AUTO_TEST_CASE(many_questions_come_by_one_connection) {
  const Running resolver;
  const UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval limit{5, 0};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  BOOST_REQUIRE(::connect(fd.get(), resolver.tcp_address.get(), resolver.tcp_address.size) == 0);
  Bytes all;
  constexpr std::size_t kCount = 500;
  for (std::size_t i = 0; i < kCount; ++i) {
    const Bytes query = test::query({i % 2 == 0 ? "db." : test::numbered(i % 20), LDNS_RR_TYPE_A});
    all.push_back(static_cast<std::uint8_t>(query.size() >> 8));
    all.push_back(static_cast<std::uint8_t>(query.size()));
    all.insert(all.end(), query.begin(), query.end());
  }
  BOOST_REQUIRE(::send(fd.get(), all.data(), all.size(), 0) == static_cast<ssize_t>(all.size()));
  for (std::size_t i = 0; i < kCount; ++i) {
    std::uint8_t head[2], bytes[2048];
    BOOST_REQUIRE(::recv(fd.get(), head, 2, MSG_WAITALL) == 2);
    const std::size_t size = static_cast<std::size_t>(head[0]) << 8 | head[1];
    BOOST_REQUIRE(size <= sizeof bytes);
    BOOST_REQUIRE(::recv(fd.get(), bytes, size, MSG_WAITALL) == static_cast<ssize_t>(size));
    BOOST_TEST((bytes[3] & 0x0f) == LDNS_RCODE_NOERROR);
  }
}

BOOST_AUTO_TEST_CASE(idle_and_greedy_connections_do_not_keep_others_out) {
  const Running resolver;
  std::vector<UniqueFd> idle;
  for (std::size_t i = 0; i < TcpDoor::kMostConnections + 20; ++i) {
    idle.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    BOOST_REQUIRE(
        ::connect(idle.back().get(), resolver.tcp_address.get(), resolver.tcp_address.size) == 0);
  }
  std::uint8_t byte = 0;
  BOOST_TEST(::recv(idle.back().get(), &byte, 1, 0) == 0, "one too many is closed");
  BOOST_TEST(ask_many(resolver.udp_address, 10, 1, [](std::size_t) { return "db."; }) == 10);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace net_dns
