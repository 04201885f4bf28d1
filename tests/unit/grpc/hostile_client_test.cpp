// Clients that break the protocol, or use it to wear a server out.
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <string>
#include <thread>

#include "core/base/error.hpp"
#include "tests/unit/grpc/raw_client.hpp"

using namespace gantry;
using namespace gantry::test;
using grpc::Call;
using grpc::Status;

BOOST_AUTO_TEST_CASE(headers_that_are_too_large_are_refused_and_the_connection_goes_on) {
  RawClient c;
  Fields fields{{":method", "POST"},
                {":scheme", "http"},
                {":path", "/a/B"},
                {":authority", "a"},
                {"content-type", "application/grpc"}};
  std::string block = header_block(fields);
  std::string bytes = preface() + frame(kHeaders, 0, 1, block);
  for (int i = 0; i < 7; ++i) {
    const bool last = i == 6;
    bytes += frame(9, last ? kEndHeaders : 0, 1,  // CONTINUATION
                   header_block({{"name", std::string(15'000, 'x')}}));
  }
  c.peer.send(bytes);
  BOOST_TEST(c.end_of(1).field("grpc-status") == "8");
  BOOST_TEST(c.still_answers(3));
}

BOOST_AUTO_TEST_CASE(more_streams_than_the_settings_allow_are_refused) {
  RawClient c;
  c.peer.send(preface());
  std::uint32_t limit = 0;
  const Frame got = c.peer.next(kSettings);
  for (size_t at = 0; at < got.payload.size(); at += 6)
    if (got.payload[at + 1] == 3) limit = got.number(at + 2);
  BOOST_TEST(limit == 100u);
  // A client that had not seen the settings yet; one that has is sent away altogether.
  std::string all;
  for (std::uint32_t i = 0; i <= limit; ++i) all += request(2 * i + 1, "/a/B");
  c.peer.send(all);
  BOOST_TEST(c.peer.next(kReset, 2 * limit + 1).number() == 7u);  // REFUSED_STREAM
  c.peer.send(frame(kData, kEndStream, 1, message("hi")));
  BOOST_TEST(c.end_of(1).field("grpc-status") == "0");
}

BOOST_AUTO_TEST_CASE(streams_opened_and_reset_at_once_do_not_pile_up_handlers) {
  std::atomic<int> running{0}, most{0};
  RawClient c([&](Call& call) {
    const int now = ++running;
    if (now > most) most = now;
    Flag gone;
    const std::stop_callback raise(call.gone(), [&] { gone.raise(); });
    gone.wait();
    --running;
    return Status{};
  });
  std::string all = preface();
  for (std::uint32_t i = 0; i < 5000; ++i)
    all += request(2 * i + 1, "/a/B") + frame(kReset, 0, 2 * i + 1, big_endian(8));
  std::jthread sender([&] { (void)c.peer.try_send(all); });
  sender.join();
  c.server.stop();
  BOOST_TEST(most <= 200);
}

BOOST_AUTO_TEST_CASE(what_is_no_http2_ends_the_connection) {
  for (const std::string& bytes :
       {std::string("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"), std::string(10'000, '\xff'),
        std::string(1, '\0'), preface() + std::string(100, '\xff'),
        preface() + frame(kHeaders, kEndHeaders, 1, "\xff\xff\xff\xff\xff\xff\xff"),
        preface() + frame(kHeaders, kEndHeaders, 2, header_block({{":path", "/"}})),
        preface() + frame(kData, 0, 1, "to nobody"),
        preface() + frame(kWindowUpdate, 0, 0, big_endian(0)),
        preface() + frame(kPushPromise, kEndHeaders, 1, big_endian(2))}) {
    RawClient c;
    (void)c.peer.try_send(bytes);
    c.peer.half_close();  // for what is only too short
    BOOST_TEST(c.peer.ends());
    c.server.join();
  }
}

BOOST_AUTO_TEST_CASE(protocol_errors_end_the_connection_though_the_client_stays) {
  RawClient c;
  c.peer.send(preface() + frame(kData, 0, 1, "to nobody"));
  BOOST_TEST(c.peer.next(kGoaway).number(4) == 1u);  // PROTOCOL_ERROR
  BOOST_TEST(c.peer.ends());
  c.server.join();
}

BOOST_AUTO_TEST_CASE(a_flood_of_pings_that_nobody_reads_ends_the_connection) {
  RawClient c;
  std::string pings = preface();
  for (int i = 0; i < 1000; ++i) pings += frame(kPing, 0, 0, "12345678");
  while (c.peer.try_send(pings)) pings.erase(0, pings.size() % 17'000);
  c.server.join();
}
