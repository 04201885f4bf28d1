// A client of ours and a server that speaks HTTP/2 byte by byte, not always properly.
#include <boost/test/unit_test.hpp>
#include <string>
#include <thread>

#include "core/base/error.hpp"
#include "tests/unit/grpc/pair.hpp"
#include "tests/unit/grpc/raw_peer.hpp"

using namespace gantry;
using namespace gantry::test;
using grpc::Call;

namespace {

const Fields kAnswer{{":status", "200"}, {"content-type", "application/grpc"}};

struct RawServer {
  RawServer() : RawServer(make_socket_pair()) {}

 private:
  explicit RawServer(std::pair<UniqueFd, UniqueFd> ends)
      : client(grpc::Connection::client(std::move(ends.first), "")), peer(std::move(ends.second)) {
    peer.skip_preface();
    peer.send(settings({}));
  }

 public:
  void send_headers(std::uint32_t stream, const Fields& fields, std::uint8_t flags = 0) {
    peer.send(frame(kHeaders, kEndHeaders | flags, stream, header_block(fields)));
  }
  /// What a call throws that is answered with these fields and no more.
  Error error_for(const Fields& fields) {
    const auto call = client->call("/a/B");
    const std::uint32_t stream = peer.next(kHeaders).stream;
    send_headers(stream, fields, kEndStream);
    return thrown_by([&] { call->receive(); });
  }
  Error error_for_bytes(const std::string& bytes) {
    const auto call = client->call("/a/B");
    const std::uint32_t stream = peer.next(kHeaders).stream;
    send_headers(stream, kAnswer);
    peer.send(frame(kData, 0, stream, bytes));
    BOOST_TEST(peer.next(kReset, stream).number() == 8u);  // CANCEL
    return thrown_by([&] { call->receive(); });
  }

  Running client;
  RawPeer peer;
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_request_has_the_fields_of_grpc_then_messages, RawServer) {
  const auto call = client->call("/a/B", {{"name", "value"}, {"name", "other"}});
  call->send("hi");
  call->close_send();
  const Frame headers = peer.next(kHeaders);
  const Fields expected{
      {":method", "POST"},         {":scheme", "http"}, {":path", "/a/B"},
      {":authority", "localhost"}, {"te", "trailers"},  {"content-type", "application/grpc"},
      {"user-agent", "gantry"},    {"name", "value"},   {"name", "other"}};
  BOOST_TEST((headers.fields == expected));
  std::string sent;
  for (;;) {
    const Frame data = peer.next(kData, headers.stream);
    sent += data.payload;
    if (data.ends_stream()) break;
  }
  BOOST_TEST(sent == message("hi"));
  send_headers(1, kAnswer);
  peer.send(frame(kData, 0, 1, message("an")) + frame(kData, 0, 1, message("swer")));
  send_headers(1, {{"grpc-status", "0"}}, kEndStream);
  BOOST_TEST(call->receive().value() == "an");
  BOOST_TEST(call->receive().value() == "swer");
  BOOST_TEST(!call->receive());
}

BOOST_FIXTURE_TEST_CASE(an_interim_answer_is_no_answer, RawServer) {
  const auto call = client->call("/a/B");
  peer.next(kHeaders);
  send_headers(1, {{":status", "103"}, {"link", "x"}});
  send_headers(1, kAnswer);
  peer.send(frame(kData, 0, 1, message("hi")));
  send_headers(1, {{"grpc-status", "0"}}, kEndStream);
  BOOST_TEST(call->receive().value() == "hi");
  BOOST_TEST(!call->receive());
}

BOOST_FIXTURE_TEST_CASE(a_status_may_be_in_the_only_frame, RawServer) {
  Fields fields = kAnswer;
  fields.emplace_back("grpc-status", "5");
  fields.emplace_back("grpc-message", "no %E6%96%87");
  const Error error = error_for(fields);
  BOOST_TEST((error.code() == Errc::not_found));
  BOOST_TEST(error.what() == "no \xE6\x96\x87");
  fields.back() = {"x", "y"};
  BOOST_TEST(error_for(fields).what() == "the call has failed with gRPC status 5");
}

BOOST_FIXTURE_TEST_CASE(an_http_status_stands_for_a_status_where_there_is_none, RawServer) {
  BOOST_TEST((error_for({{":status", "503"}}).code() == Errc::unavailable));
  BOOST_TEST((error_for({{":status", "404"}}).code() == Errc::unsupported));
  BOOST_TEST((error_for({{":status", "401"}}).code() == Errc::unauthorized));
  BOOST_TEST((error_for({{":status", "403"}}).code() == Errc::permission));
  BOOST_TEST(error_for({{":status", "418"}}).what() == "the server answered with HTTP status 418");
  BOOST_TEST((error_for({{":status", "503"}, {"grpc-status", "5"}}).code() == Errc::not_found));
}

BOOST_FIXTURE_TEST_CASE(an_answer_of_another_kind_is_an_error, RawServer) {
  const Error error = error_for({{":status", "200"}, {"content-type", "text/html"}});
  BOOST_TEST(error.what() == "the server answered with content type \"text/html\"");
  BOOST_TEST((error_for(kAnswer).code() == Errc::internal));  // no status
  for (const char* status : {"", "x", "17", "-1", "0x", "99999999999"}) {
    Fields fields = kAnswer;
    fields.emplace_back("grpc-status", status);
    BOOST_TEST((error_for(fields).code() == Errc::internal));
  }
}

BOOST_FIXTURE_TEST_CASE(messages_that_cannot_be_read_end_the_call, RawServer) {
  std::string compressed = message("hi");
  compressed[0] = '\1';
  BOOST_TEST((error_for_bytes(compressed).code() == Errc::unsupported));
  BOOST_TEST((error_for_bytes("<html>").code() == Errc::internal));
  const std::string large = '\0' + big_endian(grpc::kMaxMessage + 1);
  BOOST_TEST((error_for_bytes(large).code() == Errc::exhausted));
}

BOOST_FIXTURE_TEST_CASE(an_answer_that_ends_within_a_message_is_an_error, RawServer) {
  const auto call = client->call("/a/B");
  peer.next(kHeaders);
  send_headers(1, kAnswer);
  peer.send(frame(kData, 0, 1, message("hi") + message("more").substr(0, 7)));
  send_headers(1, {{"grpc-status", "0"}}, kEndStream);
  BOOST_TEST(call->receive().value() == "hi");
  BOOST_TEST((thrown_by([&] { call->receive(); }).code() == Errc::internal));
}

BOOST_FIXTURE_TEST_CASE(a_reset_by_the_server_is_an_error, RawServer) {
  const auto error_for_reset = [&](std::uint32_t code) {
    const auto call = client->call("/a/B");
    peer.send(frame(kReset, 0, peer.next(kHeaders).stream, big_endian(code)));
    const Error error = thrown_by([&] { call->receive(); });
    return error.code();
  };
  BOOST_TEST((error_for_reset(7) == Errc::unavailable));
  BOOST_TEST((error_for_reset(8) == Errc::cancelled));
  BOOST_TEST((error_for_reset(11) == Errc::exhausted));
  BOOST_TEST((error_for_reset(2) == Errc::internal));
  BOOST_TEST((error_for_reset(0) == Errc::internal));
}

BOOST_FIXTURE_TEST_CASE(a_reader_that_does_not_read_stops_the_server, RawServer) {
  const auto call = client->call("/a/B");
  peer.next(kHeaders);
  peer.settle();
  peer.send(frame(kSettings, kAck, 0, ""));
  send_headers(1, kAnswer);
  const std::string piece = frame(kData, 0, 1, message(std::string(16'379, 'x')));
  for (int i = 0; i < 64; ++i) peer.send(piece);
  for (const Frame& got : peer.settle()) BOOST_TEST((got.type != kWindowUpdate || got.stream != 1));
  for (int i = 0; i < 64; ++i) BOOST_REQUIRE(call->receive().value().size() == 16'379u);
  BOOST_TEST(peer.next(kWindowUpdate, 1).number() > 0u);
}

BOOST_FIXTURE_TEST_CASE(slow_readers_do_not_take_the_room_of_the_others, RawServer) {
  std::vector<std::unique_ptr<Call>> slow;
  peer.settle();
  peer.send(frame(kSettings, kAck, 0, ""));
  const std::string bytes = message(std::string(16'379, 'x'));
  for (std::uint32_t i = 0; i < 8; ++i) {  // twice the window of the connection
    slow.push_back(client->call("/a/B"));
    peer.next(kHeaders, 2 * i + 1);
    send_headers(2 * i + 1, kAnswer);
    for (int k = 0; k < 64; ++k) peer.send(frame(kData, 0, 2 * i + 1, bytes));
  }
  const auto call = client->call("/a/B");
  peer.next(kHeaders, 17);
  send_headers(17, kAnswer);
  peer.send(frame(kData, 0, 17, message("quick")));
  BOOST_TEST(call->receive().value() == "quick");
}

BOOST_FIXTURE_TEST_CASE(a_server_without_room_stops_the_sender, RawServer) {
  constexpr std::uint32_t kMessage = 10'000, kRoom = 256 * 1024, kWindow = 65'535;
  std::atomic<std::uint32_t> sent{0};
  const auto call = client->call("/a/B");
  peer.next(kHeaders);
  std::jthread sender([&] {
    const std::string bytes(kMessage - 5, 'x');
    (void)thrown_by([&] {
      for (;;) {
        call->send(bytes);
        sent += kMessage;
      }
    });
  });
  for (std::uint32_t got = 0; got < kWindow;)
    got += static_cast<std::uint32_t>(peer.next(kData, 1).payload.size());
  std::uint32_t taken = kWindow;
  for (int i = 0; i < 50; ++i) {
    BOOST_TEST(sent <= taken + kRoom + kMessage);
    peer.send(frame(kWindowUpdate, 0, 1, big_endian(20'000)) +
              frame(kWindowUpdate, 0, 0, big_endian(20'000)));
    for (std::uint32_t got = 0; got < 20'000;)
      got += static_cast<std::uint32_t>(peer.next(kData, 1).payload.size());
    taken += 20'000;
  }
  peer.settle();
  BOOST_TEST(sent <= taken + kRoom + kMessage);
  peer.close();
}

BOOST_FIXTURE_TEST_CASE(what_is_queued_while_the_socket_is_full_follows, RawServer) {
  peer.send(settings({{4, 64 << 20}}) + frame(kWindowUpdate, 0, 0, big_endian(64 << 20)));
  peer.settle();
  for (std::uint32_t stream = 1; stream < 81; stream += 4) {
    auto first = client->call("/a/B");
    // More than a socket holds, less than a sender would wait for.
    for (int i = 0; i < 4; ++i) first->send(std::string(100'000, 'x'));
    auto second = client->call("/a/C");
    BOOST_TEST(peer.next(kHeaders, stream + 2).field(":path") == "/a/C");
    first.reset();
    second.reset();
    peer.next(kReset, stream + 2);
  }
}

BOOST_FIXTURE_TEST_CASE(after_goaway_old_calls_go_on_and_new_ones_are_refused, RawServer) {
  const auto old_call = client->call("/a/B");
  const auto late_call = client->call("/a/B");
  peer.next(kHeaders, 3);
  peer.send(frame(kGoaway, 0, 0, big_endian(1) + big_endian(0)));
  BOOST_TEST((thrown_by([&] { late_call->receive(); }).code() == Errc::unavailable));
  BOOST_TEST((thrown_by([&] { client->call("/a/B"); }).code() == Errc::unavailable));
  Fields fields = kAnswer;
  send_headers(1, kAnswer);
  peer.send(frame(kData, 0, 1, message("hi")));
  send_headers(1, {{"grpc-status", "0"}}, kEndStream);
  BOOST_TEST(old_call->receive().value() == "hi");
  BOOST_TEST(!old_call->receive());
  client.join();
  BOOST_TEST((thrown_by([&] { client->call("/a/B"); }).code() == Errc::unavailable));
}

BOOST_FIXTURE_TEST_CASE(the_end_of_a_call_counts_though_the_server_has_closed, RawServer) {
  const auto call = client->call("/a/B");
  std::jthread sender([&] {
    (void)thrown_by([&] {
      for (;;) call->send(std::string(10'000, 'x'));  // meets a closed socket
    });
  });
  peer.next(kData);
  send_headers(1, kAnswer);
  peer.send(frame(kData, 0, 1, message("hi")));
  send_headers(1, {{"grpc-status", "8"}, {"grpc-message", "too much"}}, kEndStream);
  peer.close();
  BOOST_TEST(call->receive().value() == "hi");
  BOOST_TEST(thrown_by([&] { call->receive(); }).what() == "too much");
}

BOOST_FIXTURE_TEST_CASE(a_call_dropped_early_is_reset, RawServer) {
  client->call("/a/B");
  const auto second = client->call("/a/C");
  BOOST_TEST(peer.next(kHeaders, 3).field(":path") == "/a/C");
  // The first has been dropped before it was sent, or is reset.
  peer.send(frame(kReset, 0, 3, big_endian(8)));
  BOOST_TEST((thrown_by([&] { second->receive(); }).code() == Errc::cancelled));
  auto third = client->call("/a/D");
  const std::uint32_t stream = peer.next(kHeaders).stream;
  third.reset();
  BOOST_TEST(peer.next(kReset, stream).number() == 8u);
}

BOOST_FIXTURE_TEST_CASE(pushed_streams_are_refused, RawServer) {
  const auto call = client->call("/a/B");
  peer.next(kHeaders);
  const Fields get{{":method", "GET"}, {":scheme", "http"}, {":path", "/"}, {":authority", "a"}};
  (void)peer.try_send(frame(kPushPromise, kEndHeaders, 1, big_endian(2) + header_block(get)));
  for (;;) {
    const Frame got = peer.next();
    if (got.type == kGoaway || (got.type == kReset && got.stream == 2)) break;
  }
}

BOOST_AUTO_TEST_CASE(a_server_that_speaks_something_else_ends_the_connection) {
  for (const std::string& bytes :
       {std::string("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"),
        std::string(1000, '\xff'), frame(kHeaders, kEndHeaders, 2, header_block(kAnswer)),
        frame(kData, 0, 0, "x")}) {
    auto [a, b] = make_socket_pair();
    Running client(grpc::Connection::client(std::move(a), bytes));
    RawPeer peer(std::move(b));
    client.join();
    BOOST_TEST((thrown_by([&] { client->call("/a/B"); }).code() == Errc::unavailable));
  }
}
