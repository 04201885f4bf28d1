// What a build tells: in order, bounded, for readers that come late, go, or are slow.
#include "core/buildkit/status_log.hpp"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <thread>

using namespace gantry::buildkit;

namespace {

constexpr std::size_t kMegabyte = 1u << 20;
constexpr int kRoom = 4;  // megabytes that are kept

std::string large(int number) { return std::string(kMegabyte, static_cast<char>('a' + number)); }

void fill(StatusLog& log) {
  for (int i = 0; i < kRoom; ++i) log.post(large(i), {});
}

int count_left(StatusLog& log) {
  int count = 0;
  while (log.next({})) ++count;
  return count;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(status_logs)

BOOST_AUTO_TEST_CASE(messages_come_in_order_and_then_the_end) {
  StatusLog log;
  for (int i = 0; i < 100; ++i) log.post(std::to_string(i), {});
  log.attach();
  log.post("last", {});
  log.finish();
  log.post("too late", {});
  for (int i = 0; i < 100; ++i) BOOST_TEST(log.next({}).value() == std::to_string(i));
  BOOST_TEST(log.next({}).value() == "last");
  BOOST_TEST(!log.next({}));
  BOOST_TEST(!log.next({}));
}

BOOST_AUTO_TEST_CASE(while_nobody_reads_what_is_too_much_is_dropped) {
  StatusLog log;
  for (int i = 0; i < 20; ++i) log.post(large(i), {});
  log.finish();
  BOOST_TEST(log.next({}).value()[0] == 'a');
  BOOST_TEST(!log.next({}));
}

BOOST_AUTO_TEST_CASE(what_is_told_in_any_case_is_never_dropped) {
  StatusLog log;
  log.post(large(0), {});
  log.post_event("begins");
  log.post("dropped", {});
  log.post_event("ends");
  log.finish();
  log.post_event("too late");
  BOOST_TEST(log.next({}).value()[0] == 'a');
  BOOST_TEST(log.next({}).value() == "begins");
  BOOST_TEST(log.next({}).value() == "ends");
  BOOST_TEST(!log.next({}));
}

BOOST_AUTO_TEST_CASE(a_reader_that_has_stopped_holds_the_writer_back_once) {
  StatusLog log;
  log.attach();
  fill(log);
  for (int i = 0; i < 1000; ++i) log.post("dropped", {});  // the first one waits a moment
  BOOST_TEST(log.next({}).value()[0] == 'a');
  log.post("again", {});
  log.finish();
  BOOST_TEST(count_left(log) == kRoom);
}

BOOST_AUTO_TEST_CASE(of_two_readers_one_may_go) {
  StatusLog log;
  log.attach();
  log.attach();
  log.detach();
  fill(log);  // for the other one
  log.finish();
  BOOST_TEST(count_left(log) == kRoom);
}

BOOST_AUTO_TEST_CASE(a_slow_reader_holds_the_writer_back) {
  StatusLog log(std::chrono::seconds(60));  // slow, not stopped
  log.attach();
  constexpr int kAll = 20;
  std::atomic<int> posted{0};
  std::jthread writer([&] {
    for (int i = 0; i < kAll; ++i, ++posted) log.post(large(i), {});
    log.finish();
  });
  for (int i = 0; i < kAll; ++i) {
    const auto message = log.next({});
    BOOST_TEST_REQUIRE(message.has_value());
    BOOST_TEST((*message)[0] == 'a' + i);
    BOOST_TEST(posted.load() <= i + 1 + kRoom);
  }
  BOOST_TEST(!log.next({}));
}

BOOST_AUTO_TEST_CASE(a_reader_that_goes_lets_the_writer_go_on) {
  StatusLog log;
  log.attach();
  fill(log);
  std::jthread writer([&] { log.post("dropped", {}); });
  log.detach();
  writer.join();
  log.finish();
  BOOST_TEST(count_left(log) == kRoom);
}

BOOST_AUTO_TEST_CASE(a_writer_that_is_held_back_can_be_stopped) {
  StatusLog log;
  log.attach();
  fill(log);
  std::stop_source stop;
  std::jthread writer([&] { log.post("dropped", stop.get_token()); });
  stop.request_stop();
  writer.join();
  log.finish();
  BOOST_TEST(count_left(log) == kRoom);
}

BOOST_AUTO_TEST_CASE(the_end_frees_a_writer_that_is_held_back) {
  StatusLog log;
  log.attach();
  fill(log);
  std::jthread writer([&] { log.post("dropped", {}); });
  log.finish();
  writer.join();
  BOOST_TEST(count_left(log) == kRoom);
}

BOOST_AUTO_TEST_CASE(a_reader_that_waits_is_stopped_or_told_of_the_end) {
  StatusLog log;
  std::stop_source stop;
  std::optional<std::string> stopped = "?", ended = "?";
  std::jthread first([&] { stopped = log.next(stop.get_token()); });
  stop.request_stop();
  first.join();
  BOOST_TEST(!stopped);
  std::jthread second([&] { ended = log.next({}); });
  log.finish();
  second.join();
  BOOST_TEST(!ended);
}

BOOST_AUTO_TEST_CASE(after_a_stop_nothing_is_read) {
  StatusLog log;
  log.post("a", {});
  std::stop_source stop;
  stop.request_stop();
  BOOST_TEST(!log.next(stop.get_token()));
  BOOST_TEST(log.next({}).value() == "a");
}

BOOST_AUTO_TEST_SUITE_END()
