// Calls between a server and a client of ours: messages both ways, of all shapes.
#include <boost/test/unit_test.hpp>
#include <string>
#include <thread>
#include <vector>

#include "core/base/error.hpp"
#include "tests/unit/grpc/pair.hpp"

using namespace gantry;
using grpc::Call;
using grpc::Code;
using grpc::Status;
using test::Pair;

namespace {

/// "/test/Echo" gives back every message; "/test/Join" all of them as one; "/test/Count" takes a
/// number and sends as many.
Status answer(Call& call) {
  if (call.path() == "/test/Echo") {
    while (const auto message = call.receive()) call.send(*message);
    return {};
  }
  if (call.path() == "/test/Join") {
    std::string all;
    while (const auto message = call.receive()) all += *message + ";";
    call.send(all);
    return {};
  }
  if (call.path() == "/test/Count") {
    const int count = std::stoi(call.receive().value());
    for (int i = 0; i < count; ++i) call.send(std::to_string(i));
    return {};
  }
  return {Code::unimplemented, "unknown method " + call.path()};
}

struct Answering : Pair {
  Answering() : Pair(answer) {}
};

std::string pattern(size_t size) {
  std::string out(size, '\0');
  for (size_t i = 0; i < size; ++i) out[i] = static_cast<char>(i * 7 + i / 251);
  return out;
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_message_is_answered_with_a_message, Answering) {
  BOOST_TEST(call_once(*client, "/test/Echo", "hello", {}) == "hello");
  BOOST_TEST(call_once(*client, "/test/Join", "again", {}) == "again;");
}

BOOST_FIXTURE_TEST_CASE(a_message_may_be_empty, Answering) {
  BOOST_TEST(call_once(*client, "/test/Echo", "", {}) == "");
  const auto call = client->call("/test/Join");
  for (int i = 0; i < 3; ++i) call->send("");
  call->close_send();
  BOOST_TEST(call->receive().value() == ";;;");
  BOOST_TEST(!call->receive());
}

BOOST_FIXTURE_TEST_CASE(a_call_may_have_no_message_at_all, Answering) {
  const auto call = client->call("/test/Echo");
  call->close_send();
  BOOST_TEST(!call->receive());
  BOOST_TEST(!call->receive());
}

BOOST_FIXTURE_TEST_CASE(the_server_may_send_many_messages, Answering) {
  const auto call = client->call("/test/Count");
  call->send("5000");
  call->close_send();
  for (int i = 0; i < 5000; ++i) BOOST_REQUIRE(call->receive().value() == std::to_string(i));
  BOOST_TEST(!call->receive());
}

BOOST_FIXTURE_TEST_CASE(the_client_may_send_many_messages, Answering) {
  const auto call = client->call("/test/Join");
  std::string expected;
  for (int i = 0; i < 5000; ++i) {
    call->send(std::to_string(i));
    expected += std::to_string(i) + ";";
  }
  call->close_send();
  BOOST_TEST(call->receive().value() == expected);
  BOOST_TEST(!call->receive());
}

BOOST_FIXTURE_TEST_CASE(both_sides_may_speak_in_turn, Answering) {
  const auto call = client->call("/test/Echo");
  for (int i = 0; i < 1000; ++i) {
    call->send(std::to_string(i));
    BOOST_REQUIRE(call->receive().value() == std::to_string(i));
  }
  call->close_send();
  BOOST_TEST(!call->receive());
}

BOOST_FIXTURE_TEST_CASE(both_sides_may_speak_at_once, Answering) {
  const auto call = client->call("/test/Echo");
  const std::string message = pattern(50'000);
  std::jthread sender([&] {
    for (int i = 0; i < 200; ++i) call->send(message);
    call->close_send();
  });
  for (int i = 0; i < 200; ++i) BOOST_REQUIRE(call->receive().value() == message);
  BOOST_TEST(!call->receive());
}

BOOST_FIXTURE_TEST_CASE(a_message_may_be_larger_than_every_window, Answering) {
  for (const size_t size : {size_t{5} << 20, grpc::kMaxMessage}) {
    const std::string message = pattern(size);
    BOOST_TEST((call_once(*client, "/test/Echo", message, {}) == message));
  }
}

BOOST_FIXTURE_TEST_CASE(many_calls_run_at_once, Answering) {
  std::vector<std::jthread> callers;
  std::atomic<int> right{0};
  for (int i = 0; i < 12; ++i)
    callers.emplace_back([&, i] {
      for (int k = 0; k < 40; ++k) {
        const std::string message = pattern(static_cast<size_t>(i * 1000 + k));
        if (call_once(*client, "/test/Echo", message, {}) == message) ++right;
      }
    });
  callers.clear();
  BOOST_TEST(right == 12 * 40);
}

BOOST_FIXTURE_TEST_CASE(more_calls_than_a_connection_takes_wait_for_their_turn, Answering) {
  std::vector<std::unique_ptr<Call>> calls;
  for (int i = 0; i < 150; ++i) {
    calls.push_back(client->call("/test/Echo"));
    calls.back()->send(std::to_string(i));
    calls.back()->close_send();
  }
  for (size_t i = 0; i < calls.size(); ++i)
    BOOST_TEST(calls[i]->receive().value() == std::to_string(i));
}

BOOST_AUTO_TEST_CASE(a_slow_reader_stops_its_sender_and_nobody_else) {
  constexpr size_t kMessage = 50'000, kCount = 200;
  // The window of the stream, the queue before it, and what was sent before the settings came.
  constexpr size_t kBound = (1u << 20) + (256u << 10) + (64u << 10) + kMessage;
  test::Flag may_read;
  Pair pair([&](Call& call) {
    if (call.path() != "/test/Slow") return answer(call);
    may_read.wait();
    size_t count = 0;
    while (call.receive()) ++count;
    call.send(std::to_string(count));
    return Status{};
  });
  std::atomic<size_t> sent{0};
  const auto call = pair.client->call("/test/Slow");
  std::jthread sender([&] {
    const std::string message(kMessage, 'x');
    for (size_t i = 0; i < kCount; ++i) {
      call->send(message);
      sent += kMessage;
    }
    call->close_send();
  });
  for (int i = 0; i < 100; ++i)
    BOOST_REQUIRE(call_once(*pair.client, "/test/Echo", "quick", {}) == "quick");
  BOOST_TEST(sent <= kBound);
  may_read.raise();
  BOOST_TEST(call->receive().value() == std::to_string(kCount));
}

BOOST_AUTO_TEST_CASE(a_call_may_begin_before_the_connection_runs) {
  auto [a, b] = make_socket_pair();
  auto connection = grpc::Connection::client(std::move(a), "");
  const auto call = connection->call("/test/Echo");
  call->send("early");
  call->close_send();
  const test::Running client(std::move(connection));
  const test::Running server(grpc::Connection::server(std::move(b), "", answer));
  BOOST_TEST(call->receive().value() == "early");
}

BOOST_AUTO_TEST_CASE(metadata_arrives_in_order_and_names_may_come_twice) {
  grpc::Metadata seen;
  Pair pair([&](Call& call) {
    seen = call.metadata();
    call.send("");
    return Status{};
  });
  const grpc::Metadata sent{{"followpaths", "a"}, {"followpaths", "b"}, {"empty", ""}};
  call_once(*pair.client, "/test/Any", "", {}, sent);
  grpc::Metadata expected = sent;
  expected.insert(expected.begin(), {"user-agent", "gantry"});
  BOOST_TEST((seen == expected));
}

BOOST_FIXTURE_TEST_CASE(metadata_that_http2_forbids_is_refused_at_once, Answering) {
  for (const grpc::Metadata& metadata :
       {grpc::Metadata{{"Name", "x"}}, grpc::Metadata{{":path", "x"}}, grpc::Metadata{{"", "x"}},
        grpc::Metadata{{"name", "a\r\nb"}}, grpc::Metadata{{"name", std::string(70'000, 'x')}}}) {
    const Error error = test::thrown_by([&] { client->call("/test/Echo", metadata); });
    BOOST_TEST((error.code() == Errc::invalid));
  }
  BOOST_TEST(call_once(*client, "/test/Echo", "still there", {}) == "still there");
}
