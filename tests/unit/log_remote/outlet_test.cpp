#include "net/outlet.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <new>
#include <thread>

#include "lines.hpp"
#include "peers.hpp"
#include "thrown.hpp"

using namespace log_remote;
using namespace gantry::test;
using std::chrono::milliseconds;

namespace {

/// A line and its newline.
class Plain final : public Wire {
 public:
  void encode(const gantry::sdk::LogLine& line, Packets& out) override {
    if (!line.text().empty()) out.push_back(std::string(line.text()) + "\n");
  }
};

constexpr std::size_t kLong = 100'000;

std::size_t whole_lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(log_remote_outlet)

BOOST_AUTO_TEST_CASE(lines_arrive_in_order_over_one_connection) {
  TcpPeer peer;
  Plain wire;
  {
    Outlet outlet({peer.endpoint()});
    for (const char* text : {"one", "two"}) {
      std::uint32_t taken = 0;
      outlet.write(Lines({{text}, {""}, {"more"}}), taken, no_op(), wire);
      BOOST_TEST(taken == 3u);
    }
  }
  BOOST_TEST(peer.accept().read_to_end() == "one\nmore\ntwo\nmore\n");
}

BOOST_AUTO_TEST_CASE(no_lines_make_no_connection) {
  Plain wire;
  Outlet outlet({{Network::kTcp, "127.0.0.1", closed_port(), ""}});
  std::uint32_t taken = 0;
  outlet.write(Lines({}), taken, no_op(), wire);
  BOOST_TEST(taken == 0u);
}

BOOST_AUTO_TEST_CASE(a_refused_connection_is_unavailable) {
  const std::string port = closed_port();
  Plain wire;
  Outlet outlet({{Network::kTcp, "127.0.0.1", port, ""}});
  std::uint32_t taken = 0;
  const auto write = [&] { outlet.write(Lines({{"x"}}), taken, no_op(), wire); };
  BOOST_TEST(code_of(write) == GANTRY_UNAVAILABLE);
  BOOST_TEST(message_of(write) == "dial tcp 127.0.0.1:" + port + ": connect: connection refused");
  BOOST_TEST(taken == 0u);
}

BOOST_AUTO_TEST_CASE(a_missing_socket_is_unavailable) {
  Plain wire;
  Outlet outlet({{Network::kUnix, "", "", "/nowhere/log"}, {Network::kUnix, "", "", "/other"}});
  std::uint32_t taken = 0;
  const auto write = [&] { outlet.write(Lines({{"x"}}), taken, no_op(), wire); };
  BOOST_TEST(code_of(write) == GANTRY_UNAVAILABLE);
  BOOST_TEST(message_of(write) == "dial unix /nowhere/log: connect: no such file or directory");
  Outlet far({{Network::kUnix, "", "", std::string(200, 'x')}});
  BOOST_TEST(code_of([&] { far.write(Lines({{"x"}}), taken, no_op(), wire); }) ==
             GANTRY_UNAVAILABLE);
}

BOOST_AUTO_TEST_CASE(a_name_that_nobody_knows_is_unavailable) {
  Plain wire;
  Outlet outlet({{Network::kTcp, "no such name", "514", ""}});
  std::uint32_t taken = 0;
  const auto write = [&] { outlet.write(Lines({{"x"}}), taken, no_op(), wire); };
  BOOST_TEST(code_of(write) == GANTRY_UNAVAILABLE);
  BOOST_TEST(message_of(write).starts_with("dial tcp: lookup no such name: "));
}

BOOST_AUTO_TEST_CASE(names_are_resolved) {
  TcpPeer peer;
  Plain wire;
  std::uint32_t taken = 0;
  Outlet({{Network::kTcp, "localhost", peer.port(), ""}})
      .write(Lines({{"x"}}), taken, no_op(), wire);
  BOOST_TEST(peer.accept().read_to_end() == "x\n");
}

BOOST_AUTO_TEST_CASE(a_peer_that_closed_an_idle_connection_is_noticed_before_the_next_line) {
  TcpPeer peer;
  Plain wire;
  Outlet outlet({peer.endpoint()});
  for (const char* text : {"one", "two", "three"}) {
    std::uint32_t taken = 0;
    outlet.write(Lines({{text}}), taken, no_op(), wire);
    BOOST_TEST(taken == 1u);
    Accepted accepted = peer.accept();
    BOOST_TEST(accepted.read_exactly(std::string(text).size() + 1) == std::string(text) + "\n");
    accepted.end();
  }
}

BOOST_AUTO_TEST_CASE(what_a_peer_says_is_no_reason_to_leave_it) {
  TcpPeer peer;
  Plain wire;
  Outlet outlet({peer.endpoint()});
  std::uint32_t taken = 0;
  outlet.write(Lines({{"one"}}), taken, no_op(), wire);
  Accepted accepted = peer.accept();
  accepted.write("who are you?");
  taken = 0;
  outlet.write(Lines({{"two"}}), taken, no_op(), wire);
  BOOST_TEST(accepted.read_exactly(8) == "one\ntwo\n");
}

BOOST_AUTO_TEST_CASE(a_peer_that_reads_nothing_times_out_and_the_count_is_what_it_got) {
  TcpPeer peer;
  Plain wire;
  Outlet outlet({peer.endpoint()}, milliseconds(500));
  std::uint32_t taken = 0;
  const Lines lines(long_lines(300, kLong));
  BOOST_TEST(code_of([&] { outlet.write(lines, taken, no_op(), wire); }) == GANTRY_TIMEOUT);
  BOOST_TEST(taken > 0u);
  BOOST_TEST(taken < 300u);
  const std::string got = peer.accept().read_to_end();
  BOOST_TEST(whole_lines(got) == taken);
  BOOST_TEST(!got.ends_with('\n'));  // one was cut in the middle

  // It comes again, whole, over another connection.
  const Lines rest({long_lines(300, kLong)[taken]});
  const std::string wanted = std::to_string(taken) + " ";
  taken = 0;
  std::thread reader([&] {
    BOOST_TEST((peer.accept().read_exactly(kLong + 1).substr(0, wanted.size()) == wanted));
  });
  outlet.write(rest, taken, no_op(), wire);
  reader.join();
  BOOST_TEST(taken == 1u);
}

BOOST_AUTO_TEST_CASE(a_connection_that_breaks_in_a_line_is_made_again_at_once) {
  TcpPeer peer;
  Plain wire;
  std::string second;
  std::thread server([&] {
    Accepted first = peer.accept();
    first.read_exactly(4 + kLong / 2);
    first.close();  // with much unread
    second = peer.accept().read_to_end();
  });
  std::uint32_t taken = 0;
  {
    Outlet outlet({peer.endpoint()});
    outlet.write(Lines({{"one"}}), taken, no_op(), wire);
    taken = 0;
    outlet.write(Lines(long_lines(300, kLong)), taken, no_op(), wire);
  }
  server.join();
  BOOST_TEST(taken == 300u);
  BOOST_TEST(second.size() % (kLong + 1) == 0u);  // whole lines only
  BOOST_TEST((second.substr(second.size() - kLong - 1, 4) == "299 "));
}

BOOST_AUTO_TEST_CASE(a_new_connection_that_breaks_is_unavailable) {
  TcpPeer peer;
  Plain wire;
  std::thread server([&] {
    Accepted first = peer.accept();
    first.read_exactly(10);
    peer.stop();
  });
  Outlet outlet({peer.endpoint()});
  std::uint32_t taken = 0;
  BOOST_TEST(code_of([&] { outlet.write(Lines(long_lines(300, kLong)), taken, no_op(), wire); }) ==
             GANTRY_UNAVAILABLE);
  BOOST_TEST(taken < 300u);
  server.join();
}

BOOST_AUTO_TEST_CASE(a_cancelled_op_ends_it) {
  TcpPeer peer;
  Plain wire;
  std::uint32_t taken = 0;
  Outlet outlet({peer.endpoint()});
  const CancelledOp at_once(0), later(8);
  BOOST_TEST(code_of([&] { outlet.write(Lines({{"x"}}), taken, at_once.op(), wire); }) ==
             GANTRY_CANCELLED);
  BOOST_TEST(taken == 0u);
  const Lines lines(long_lines(300, kLong));
  BOOST_TEST(code_of([&] { outlet.write(lines, taken, later.op(), wire); }) == GANTRY_CANCELLED);
  BOOST_TEST(whole_lines(peer.accept().read_to_end()) == taken);
}

BOOST_AUTO_TEST_CASE(a_deadline_of_the_op_ends_it) {
  TcpPeer peer;
  Plain wire;
  gantry_op op{};
  op.size = sizeof op;
  op.deadline_ns = 1;  // long ago
  Outlet outlet({peer.endpoint()});
  std::uint32_t taken = 0;
  BOOST_TEST(code_of([&] {
               outlet.write(Lines(long_lines(300, kLong)), taken, gantry::sdk::Op(&op), wire);
             }) == GANTRY_TIMEOUT);
}

BOOST_AUTO_TEST_CASE(no_line_is_left_out_for_want_of_memory) {
  class Starved final : public Wire {
    void encode(const gantry::sdk::LogLine&, Packets&) override { throw std::bad_alloc(); }
  };
  TcpPeer peer;
  Starved wire;
  Outlet outlet({peer.endpoint()});
  std::uint32_t taken = 0;
  BOOST_TEST(code_of([&] { outlet.write(Lines({{"x"}}), taken, no_op(), wire); }) ==
             GANTRY_UNAVAILABLE);
  BOOST_TEST(taken == 0u);
}

BOOST_AUTO_TEST_CASE(datagrams_that_are_refused_or_too_long) {
  UdpPeer peer;
  Plain wire;
  Outlet outlet({{Network::kUdp, "127.0.0.1", peer.port(), ""}});
  std::uint32_t taken = 0;
  BOOST_TEST(code_of([&] {
               outlet.write(Lines({{"x"}, long_lines(1, 70'000)[0]}), taken, no_op(), wire);
             }) == GANTRY_INVALID);
  BOOST_TEST(taken == 1u);
  BOOST_TEST(peer.read() == "x\n");
  peer.stop();
  // The refusal of the first, of which nobody can know, is soon there for one of the others.
  const Lines lines(long_lines(1000, 10));
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  gantry_errc code = GANTRY_OK;
  while (code == GANTRY_OK && std::chrono::steady_clock::now() < end) {
    taken = 0;
    code = code_of([&] { outlet.write(lines, taken, no_op(), wire); });
  }
  BOOST_TEST(code == GANTRY_UNAVAILABLE);
  BOOST_TEST(taken < 1000u);
}

BOOST_AUTO_TEST_SUITE_END()
