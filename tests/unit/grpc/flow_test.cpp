// Back-pressure of a server, seen from the wire: neither side gets further ahead than there is
// room.
#include <algorithm>
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "core/base/error.hpp"
#include "tests/unit/grpc/raw_client.hpp"

using namespace gantry;
using namespace gantry::test;
using grpc::Call;
using grpc::Status;

namespace {

bool has_window_update(const std::vector<Frame>& frames, std::uint32_t stream) {
  return std::ranges::any_of(
      frames, [&](const Frame& f) { return f.type == kWindowUpdate && f.stream == stream; });
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_handler_that_does_not_read_stops_its_client) {
  constexpr std::uint32_t kWindow = 1u << 20;
  Flag may_read;
  RawClient c([&](Call& call) {
    may_read.wait();
    while (call.receive()) {
    }
    return Status{};
  });
  c.peer.send(preface());
  c.peer.next(kSettings);
  c.peer.send(frame(kSettings, kAck, 0, ""));
  c.peer.send(request(1, "/a/B"));
  const std::string piece = message(std::string(16'379, 'x'));
  BOOST_REQUIRE(piece.size() == 16'384u);
  std::string all;
  for (std::uint32_t sent = 0; sent < kWindow; sent += 16'384) all += frame(kData, 0, 1, piece);
  c.peer.send(all);
  BOOST_TEST(!has_window_update(c.peer.settle(), 1));
  may_read.raise();
  BOOST_TEST(c.peer.next(kWindowUpdate, 1).number() > 0u);
}

BOOST_AUTO_TEST_CASE(a_client_that_does_not_read_stops_the_handler) {
  constexpr std::uint32_t kMessage = 10'000, kRoom = 256 * 1024;
  std::atomic<std::uint32_t> sent{0};
  Flag failed;
  RawClient c([&](Call& call) {
    const std::string bytes(kMessage - 5, 'x');
    try {
      for (;;) {
        call.send(bytes);
        sent += kMessage;
      }
    } catch (const Error&) {
      failed.raise();
    }
    return Status{};
  });
  c.peer.send(preface({{4, 0}}) + request(1, "/a/B"));  // a window of nothing
  std::uint32_t taken = 0;
  for (int i = 0; i < 50; ++i) {
    c.peer.send(frame(kWindowUpdate, 0, 1, big_endian(50'000)) +
                frame(kWindowUpdate, 0, 0, big_endian(50'000)));
    for (std::uint32_t got = 0; got < 50'000;)
      got += static_cast<std::uint32_t>(c.peer.next(kData, 1).payload.size());
    taken += 50'000;
    // It never gets further ahead than there is room; and with each piece taken it gets on.
    BOOST_REQUIRE(sent <= taken + kRoom + kMessage);
  }
  c.peer.settle();
  BOOST_TEST(sent <= taken + kRoom + kMessage);
  c.peer.send(frame(kReset, 0, 1, big_endian(8)));
  failed.wait();
}

BOOST_AUTO_TEST_CASE(what_nobody_will_read_does_not_stop_the_client) {
  RawClient c([](Call& call) {
    call.send("waits for room");
    return Status{};
  });
  c.peer.send(preface({{4, 0}}));  // a window of nothing
  c.peer.next(kSettings);
  c.peer.send(frame(kSettings, kAck, 0, "") + request(1, "/a/B"));
  c.peer.next(kHeaders, 1);
  const std::string piece = frame(kData, 0, 1, message(std::string(16'379, 'x')));
  for (int i = 0; i < 64; ++i) c.peer.send(piece);
  BOOST_TEST(c.peer.next(kWindowUpdate, 1).number() > 0u);
  c.peer.send(frame(kWindowUpdate, 0, 1, big_endian(100)));
  BOOST_TEST(c.peer.next(kData, 1).payload == message("waits for room"));
  BOOST_TEST(c.end_of(1).field("grpc-status") == "0");
}
