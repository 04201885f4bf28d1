// How calls end other than well: errors of the server, one side that gives up, a connection that
// breaks.
#include <sys/socket.h>

#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <string>
#include <thread>

#include "core/base/error.hpp"
#include "tests/unit/grpc/pair.hpp"

using namespace gantry;
using grpc::Call;
using grpc::Code;
using grpc::Status;
using test::Flag;
using test::Pair;
using test::thrown_by;

namespace {

Error error_from(const grpc::Handler& handler) {
  Pair pair(handler);
  return thrown_by([&] { call_once(*pair.client, "/test/Method", "x", {}); });
}

/// Waits until the call is given up; on the handler's thread.
void wait_until_gone(const Call& call) {
  Flag gone;
  const std::stop_callback raise(call.gone(), [&] { gone.raise(); });
  gone.wait();
}

/// A handler that waits for its client to give up, and tells of it.
struct Waiting {
  Flag begun, gone, failed;
  grpc::Handler handler() {
    return [this](Call& call) -> Status {
      begun.raise();
      wait_until_gone(call);
      gone.raise();
      try {
        call.receive();
      } catch (const Error&) {
        failed.raise();
        throw;
      }
      return {};
    };
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_status_arrives_as_the_error_it_stands_for) {
  const Error error = error_from([](Call& call) {
    return Status{Code::unimplemented, "unknown method " + call.path()};
  });
  BOOST_TEST((error.code() == Errc::unsupported));
  BOOST_TEST(error.what() == "unknown method /test/Method");
}

BOOST_AUTO_TEST_CASE(every_code_arrives_as_it_was_sent) {
  for (int code = 1; code <= 16; ++code) {
    const Status sent{static_cast<Code>(code), "text"};
    const Error error = error_from([&](Call&) { return sent; });
    BOOST_TEST((error.code() == error_of(sent).code()));
  }
}

BOOST_AUTO_TEST_CASE(an_error_thrown_by_a_handler_is_the_status) {
  const Error error =
      error_from([](Call&) -> Status { throw Error(Errc::not_found, "no such file: 50% \n"); });
  BOOST_TEST((error.code() == Errc::not_found));
  BOOST_TEST(error.what() == "no such file: 50% \n");
}

BOOST_AUTO_TEST_CASE(any_other_exception_of_a_handler_is_an_internal_error) {
  const Error error = error_from([](Call&) -> Status { throw std::logic_error("out of range"); });
  BOOST_TEST((error.code() == Errc::internal));
  BOOST_TEST(error.what() == "out of range");
}

BOOST_AUTO_TEST_CASE(the_text_of_an_error_may_be_in_any_language) {
  const std::string text = "файл не найден: 文件 \xF0\x9F\x90\xB3 \xff\x01";
  BOOST_TEST(error_from([&](Call&) { return Status{Code::aborted, text}; }).what() == text);
}

BOOST_AUTO_TEST_CASE(a_long_text_is_cut_and_still_arrives) {
  std::string text;
  while (text.size() < 100'000) text += "\xE6\x96\x87";
  const std::string got = error_from([&](Call&) { return Status{Code::aborted, text}; }).what();
  BOOST_TEST(got.size() > 4000u);
  BOOST_TEST(got.size() % 3 == 0u);
  BOOST_TEST(text.starts_with(got));
}

BOOST_AUTO_TEST_CASE(messages_come_before_the_error_behind_them) {
  Pair pair([](Call& call) {
    call.send("one");
    call.send("two");
    return Status{Code::data_loss, "no more"};
  });
  const auto call = pair.client->call("/test/Method");
  BOOST_TEST(call->receive().value() == "one");
  BOOST_TEST(call->receive().value() == "two");
  for (int i = 0; i < 2; ++i) BOOST_TEST(thrown_by([&] { call->receive(); }).what() == "no more");
  BOOST_TEST(thrown_by([&] { call->send(""); }).what() == "no more");
}

BOOST_AUTO_TEST_CASE(one_message_was_expected_and_none_or_two_came) {
  for (const int count : {0, 2}) {
    const Error error = error_from([&](Call& call) {
      for (int i = 0; i < count; ++i) call.send("x");
      return Status{};
    });
    BOOST_TEST((error.code() == Errc::internal));
  }
}

BOOST_AUTO_TEST_CASE(a_server_may_answer_before_it_has_heard_everything) {
  Pair pair([](Call& call) {
    call.send("enough");
    return Status{};
  });
  for (int i = 0; i < 50; ++i)
    BOOST_TEST(call_once(*pair.client, "/test/Method", std::string(400'000, 'x'), {}) == "enough");
  const auto call = pair.client->call("/test/Method");
  BOOST_TEST(call->receive().value() == "enough");
  BOOST_TEST(!call->receive());
  BOOST_TEST((thrown_by([&] { call->send("late"); }).code() == Errc::cancelled));
  call->close_send();
}

BOOST_AUTO_TEST_CASE(a_message_of_ours_over_the_limit_ends_the_call) {
  Waiting waiting;
  Pair pair(waiting.handler());
  const auto call = pair.client->call("/test/Method");
  const std::string message(grpc::kMaxMessage + 1, 'x');
  BOOST_TEST((thrown_by([&] { call->send(message); }).code() == Errc::exhausted));
  BOOST_TEST((thrown_by([&] { call->receive(); }).code() == Errc::exhausted));
  const Error error = error_from([&](Call& server_call) {
    server_call.send(message);
    return Status{};
  });
  BOOST_TEST((error.code() == Errc::exhausted));
}

BOOST_AUTO_TEST_CASE(a_call_that_is_dropped_is_cancelled_on_the_server) {
  Waiting waiting;
  Pair pair(waiting.handler());
  {
    const auto call = pair.client->call("/test/Method");
    waiting.begun.wait();
  }
  waiting.gone.wait();
  waiting.failed.wait();
}

BOOST_AUTO_TEST_CASE(a_wait_that_is_stopped_cancels_the_call) {
  Waiting waiting;
  Pair pair(waiting.handler());
  const auto call = pair.client->call("/test/Method");
  std::stop_source stop;
  std::jthread stopper([&] {
    waiting.begun.wait();
    stop.request_stop();
  });
  BOOST_TEST((thrown_by([&] { call->receive(stop.get_token()); }).code() == Errc::cancelled));
  waiting.failed.wait();
  BOOST_TEST((thrown_by([&] { call->receive(); }).code() == Errc::cancelled));
}

BOOST_AUTO_TEST_CASE(a_handler_may_stop_waiting_as_well) {
  std::stop_source stop;
  stop.request_stop();
  const Error error = error_from([&](Call& call) {
    call.receive();
    call.receive(stop.get_token());
    return Status{};
  });
  BOOST_TEST((error.code() == Errc::cancelled));
}

BOOST_AUTO_TEST_CASE(close_on_either_side_fails_the_calls_of_both) {
  for (const bool by_server : {true, false}) {
    Waiting waiting;
    Pair pair(waiting.handler());
    const auto call = pair.client->call("/test/Method");
    waiting.begun.wait();
    (by_server ? pair.server : pair.client)->close();
    waiting.failed.wait();
    BOOST_TEST((thrown_by([&] { call->receive(); }).code() == Errc::unavailable));
    pair.server.join();
    pair.client.join();
    BOOST_TEST(call->gone().stop_requested());
    BOOST_TEST((thrown_by([&] { pair.client->call("/test/Method"); }).code() == Errc::unavailable));
  }
}

BOOST_AUTO_TEST_CASE(a_connection_that_is_cut_fails_the_calls_of_both) {
  auto [a, b] = make_socket_pair();
  const UniqueFd same = a.duplicate();
  Waiting waiting;
  test::Running server(grpc::Connection::server(std::move(a), "", waiting.handler()));
  test::Running client(grpc::Connection::client(std::move(b), ""));
  const auto call = client->call("/test/Method");
  waiting.begun.wait();
  ::shutdown(same.get(), SHUT_RDWR);
  waiting.failed.wait();
  BOOST_TEST((thrown_by([&] { call->receive(); }).code() == Errc::unavailable));
  server.join();
  client.join();
}

BOOST_AUTO_TEST_CASE(a_connection_that_never_ran_may_be_closed) {
  auto [a, b] = make_socket_pair();
  const auto client = grpc::Connection::client(std::move(a), "");
  const auto call = client->call("/test/Method");
  client->close();
  BOOST_TEST((thrown_by([&] { call->receive(); }).code() == Errc::unavailable));
  client->run();
}

BOOST_AUTO_TEST_CASE(a_sender_that_waits_for_room_learns_of_the_end) {
  Flag full;
  Pair pair([&](Call& call) -> Status {  // does not read
    full.wait();
    wait_until_gone(call);
    return {};
  });
  const auto call = pair.client->call("/test/Method");
  std::jthread closer([&] {
    full.wait();
    pair.client->close();
  });
  const Error error = thrown_by([&] {
    for (int i = 0;; ++i) {
      if (i == 12) full.raise();  // what is in windows and queues is not much more
      call->send(std::string(100'000, 'x'));
    }
  });
  BOOST_TEST((error.code() == Errc::unavailable));
}

BOOST_AUTO_TEST_CASE(run_returns_only_when_the_handlers_have_ended) {
  std::atomic<bool> ended{false};
  Flag begun;
  Pair pair([&](Call& call) -> Status {
    begun.raise();
    wait_until_gone(call);
    for (int i = 0; i < 1000; ++i) std::this_thread::yield();
    ended = true;
    return {};
  });
  const auto call = pair.client->call("/test/Method");
  begun.wait();
  pair.server.stop();
  BOOST_TEST(ended);
}
