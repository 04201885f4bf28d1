// What a server of ours puts on the wire, and what it makes of what comes from there.
#include <boost/test/unit_test.hpp>
#include <string>

#include "core/base/error.hpp"
#include "tests/unit/grpc/raw_client.hpp"

using namespace gantry;
using namespace gantry::test;
using grpc::Call;
using grpc::Code;
using grpc::Status;

namespace {

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

BOOST_AUTO_TEST_CASE(close_says_goodbye) {
  RawClient c;
  c.peer.send(preface());
  c.peer.settle();
  c.server->close();
  BOOST_TEST(c.peer.next(kGoaway).number(4) == 0u);
  BOOST_TEST(c.peer.ends());
}
