// A server of ours and a client that speaks HTTP/2 byte by byte, not always properly.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "core/base/error.hpp"
#include "tests/unit/grpc/pair.hpp"
#include "tests/unit/grpc/raw_peer.hpp"

using namespace gantry;
using namespace gantry::test;
using grpc::Call;
using grpc::Code;
using grpc::Status;

namespace {

/// Gives back every message.
Status echo(Call& call) {
  while (const auto got = call.receive()) call.send(*got);
  return {};
}

struct RawClient {
  explicit RawClient(grpc::Handler handler = echo, const std::string& read_ahead = "")
      : RawClient(make_socket_pair(), std::move(handler), read_ahead) {}

 private:
  RawClient(std::pair<UniqueFd, UniqueFd> ends, grpc::Handler handler,
            const std::string& read_ahead)
      : server(grpc::Connection::server(std::move(ends.first), read_ahead, std::move(handler))),
        peer(std::move(ends.second)) {}

 public:
  /// The trailers of a stream, or what stands for them.
  Frame end_of(std::uint32_t stream) {
    for (;;) {
      Frame got = peer.next(kHeaders, stream);
      if (got.ends_stream()) return got;
    }
  }
  bool still_answers(std::uint32_t stream) {
    peer.send(request(stream, "/a/B") + frame(kData, kEndStream, stream, message("alive")));
    return end_of(stream).field("grpc-status") == "0";
  }

  Running server;
  RawPeer peer;
};

bool has_window_update(const std::vector<Frame>& frames, std::uint32_t stream) {
  return std::ranges::any_of(
      frames, [&](const Frame& f) { return f.type == kWindowUpdate && f.stream == stream; });
}

std::string request_with(std::uint32_t stream, const Fields& fields, std::uint8_t flags = 0) {
  return frame(kHeaders, kEndHeaders | flags, stream, header_block(fields));
}

}  // namespace

BOOST_AUTO_TEST_CASE(an_answer_has_headers_then_messages_then_a_status) {
  RawClient c;
  c.peer.send(preface() + request(1, "/a/B") + frame(kData, kEndStream, 1, message("hi")));
  const Frame headers = c.peer.next(kHeaders);
  const Fields expected{{":status", "200"}, {"content-type", "application/grpc"}};
  BOOST_TEST((headers.fields == expected));
  BOOST_TEST(!headers.ends_stream());
  BOOST_TEST(c.peer.next(kData).payload == message("hi"));
  const Frame trailers = c.end_of(1);
  BOOST_TEST((trailers.fields == Fields{{"grpc-status", "0"}}));
}

BOOST_AUTO_TEST_CASE(what_was_read_ahead_of_the_connection_comes_first) {
  const std::string all =
      preface() + request(1, "/a/B") + frame(kData, kEndStream, 1, message("hi"));
  for (const size_t cut : {size_t{10}, size_t{40}, all.size() - 3, all.size()}) {
    RawClient c(echo, all.substr(0, cut));
    c.peer.send(all.substr(cut));
    BOOST_TEST(c.peer.next(kData).payload == message("hi"));
    BOOST_TEST(c.end_of(1).field("grpc-status") == "0");
  }
}

BOOST_AUTO_TEST_CASE(an_answer_without_a_message_is_one_frame) {
  RawClient c([](Call&) { return Status{Code::not_found, "no\nsuch 100%"}; });
  c.peer.send(preface() + request(1, "/a/B", kEndStream));
  const Frame answer = c.peer.next(kHeaders);
  const Fields expected{{":status", "200"},
                        {"content-type", "application/grpc"},
                        {"grpc-status", "5"},
                        {"grpc-message", "no%0Asuch 100%25"}};
  BOOST_TEST((answer.fields == expected));
  BOOST_TEST(answer.ends_stream());
}

BOOST_AUTO_TEST_CASE(a_client_that_goes_on_after_the_status_is_told_to_stop) {
  RawClient c([](Call&) { return Status{}; });
  c.peer.send(preface() + request(1, "/a/B"));
  BOOST_TEST(c.end_of(1).field("grpc-status") == "0");
  BOOST_TEST(c.peer.next(kReset, 1).number() == 0u);  // NO_ERROR
  c.peer.send(frame(kData, kEndStream, 1, message("on its way already")));
  BOOST_TEST(c.still_answers(3));
}

BOOST_AUTO_TEST_CASE(requests_that_are_not_grpc_get_an_http_status) {
  RawClient c;
  const Fields get{{":method", "GET"}, {":scheme", "http"}, {":path", "/"}, {":authority", "a"}};
  Fields web = get;
  web[0].second = "POST";
  web.emplace_back("content-type", "application/grpc-web+proto");
  c.peer.send(preface() + request_with(1, get, kEndStream) + request_with(3, web));
  BOOST_TEST(c.end_of(1).field(":status") == "405");
  BOOST_TEST(c.end_of(3).field(":status") == "415");
  BOOST_TEST(c.still_answers(5));
}

BOOST_AUTO_TEST_CASE(metadata_is_what_is_neither_http2s_nor_grpcs) {
  grpc::Metadata seen;
  RawClient c([&](Call& call) {
    seen = call.metadata();
    return Status{};
  });
  c.peer.send(preface() + request_with(1, {{":method", "POST"},
                                           {":scheme", "http"},
                                           {":path", "/a/B"},
                                           {":authority", "a"},
                                           {"content-type", "application/grpc"},
                                           {"te", "trailers"},
                                           {"grpc-timeout", "5S"},
                                           {"grpc-accept-encoding", "gzip"},
                                           {"user-agent", "raw"},
                                           {"dir-name", "context"},
                                           {"key-bin", "AAE="},
                                           {"dir-name", ""}}));
  c.end_of(1);
  BOOST_TEST(
      (seen ==
       grpc::Metadata{
           {"user-agent", "raw"}, {"dir-name", "context"}, {"key-bin", "AAE="}, {"dir-name", ""}}));
}

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

BOOST_AUTO_TEST_CASE(a_compressed_message_is_refused) {
  std::string compressed = message("hi");
  compressed[0] = '\1';
  RawClient c;
  c.peer.send(preface() + request(1, "/a/B") + frame(kData, 0, 1, compressed));
  BOOST_TEST(c.end_of(1).field("grpc-status") == "12");
  BOOST_TEST(c.peer.next(kReset, 1).number() == 0u);
  BOOST_TEST(c.still_answers(3));
}

BOOST_AUTO_TEST_CASE(a_message_over_the_limit_is_refused_before_it_has_come) {
  RawClient c;
  c.peer.send(preface() + request(1, "/a/B") + frame(kData, 0, 1, message("first")));
  BOOST_TEST(c.peer.next(kData).payload == message("first"));
  c.peer.send(frame(kData, 0, 1, '\0' + big_endian(grpc::kMaxMessage + 1) + "the first bytes"));
  BOOST_TEST(c.end_of(1).field("grpc-status") == "8");
  BOOST_TEST(c.peer.next(kReset, 1).number() == 0u);
  BOOST_TEST(c.still_answers(3));
}

BOOST_AUTO_TEST_CASE(a_call_that_ends_within_a_message_is_refused) {
  RawClient c;
  c.peer.send(preface() + request(1, "/a/B") +
              frame(kData, kEndStream, 1, message("message").substr(0, 8)));
  BOOST_TEST(c.end_of(1).field("grpc-status") == "13");
}

BOOST_AUTO_TEST_CASE(a_reset_reaches_the_handler) {
  Flag begun, gone;
  RawClient c([&](Call& call) -> Status {
    const std::stop_callback raise(call.gone(), [&] { gone.raise(); });
    begun.raise();
    try {
      call.receive();
    } catch (const Error& e) {
      BOOST_TEST((e.code() == Errc::cancelled));
      gone.wait();
      throw;
    }
    return {};
  });
  c.peer.send(preface() + request(1, "/a/B"));
  begun.wait();
  c.peer.send(frame(kReset, 0, 1, big_endian(8)));
  gone.wait();
}

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

BOOST_AUTO_TEST_CASE(pings_are_answered_while_a_handler_works) {
  Flag end;
  RawClient c([&](Call&) {
    end.wait();
    return Status{};
  });
  c.peer.send(preface() + request(1, "/a/B"));
  c.peer.settle();
  end.raise();
  BOOST_TEST(c.end_of(1).field("grpc-status") == "0");
}

BOOST_AUTO_TEST_CASE(after_goaway_the_last_calls_end_well_and_then_the_connection) {
  RawClient c;
  c.peer.send(preface() + request(1, "/a/B") + frame(kGoaway, 0, 0, big_endian(0) + big_endian(0)));
  c.peer.settle();
  c.peer.send(frame(kData, kEndStream, 1, message("hi")));
  BOOST_TEST(c.end_of(1).field("grpc-status") == "0");
  BOOST_TEST(c.peer.ends());
  c.server.join();
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

BOOST_AUTO_TEST_CASE(close_says_goodbye) {
  RawClient c;
  c.peer.send(preface());
  c.peer.settle();
  c.server->close();
  BOOST_TEST(c.peer.next(kGoaway).number(4) == 0u);
  BOOST_TEST(c.peer.ends());
}
