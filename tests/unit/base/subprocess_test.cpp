#include "core/base/subprocess.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <csignal>

#include "core/base/error.hpp"
#include "core/base/text.hpp"

using namespace gantry;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_CASE(output_and_exit_code_are_returned) {
  const auto r = run_subprocess({"sh", "-c", "echo out; echo err >&2; exit 3"}, 10s);
  BOOST_TEST(r.exit_code == 3);
  BOOST_TEST(r.out == "out\n");
  BOOST_TEST(r.err == "err\n");
}

BOOST_AUTO_TEST_CASE(a_signal_is_128_and_its_number) {
  BOOST_TEST(run_subprocess({"sh", "-c", "kill -TERM $$"}, 10s).exit_code == 128 + SIGTERM);
}

BOOST_AUTO_TEST_CASE(input_is_fed_and_ends) {
  const std::string input(300'000, 'i');
  BOOST_TEST(run_subprocess({"cat"}, 10s, {.input = input}).out == input);
}

BOOST_AUTO_TEST_CASE(a_child_that_does_not_read_its_input_is_no_error) {
  BOOST_TEST(run_subprocess({"true"}, 10s, {.input = std::string(1'000'000, 'i')}).exit_code == 0);
}

BOOST_AUTO_TEST_CASE(without_input_stdin_is_empty) {
  BOOST_TEST(run_subprocess({"cat"}, 10s).out.empty());
}

BOOST_AUTO_TEST_CASE(a_missing_program_is_not_found) {
  BOOST_CHECK_EXCEPTION(run_subprocess({"/nonexistent/program"}, 10s), Error,
                        [](const Error& e) { return e.code() == Errc::not_found; });
}

BOOST_AUTO_TEST_CASE(output_beyond_the_limit_is_dropped_without_blocking_the_child) {
  const auto r = run_subprocess({"sh", "-c", "head -c 3000000 /dev/zero"}, 20s);
  BOOST_TEST(r.exit_code == 0);
  BOOST_TEST(r.out.size() == 1u << 20);
}

BOOST_AUTO_TEST_CASE(after_the_limit_the_child_and_its_children_are_killed) {
  const auto begin = std::chrono::steady_clock::now();
  BOOST_CHECK_EXCEPTION(run_subprocess({"sh", "-c", "sleep 100 & sleep 100"}, 50ms), Error,
                        [](const Error& e) { return e.code() == Errc::timeout; });
  BOOST_CHECK(std::chrono::steady_clock::now() - begin < 10s);
}

BOOST_AUTO_TEST_CASE(a_grandchild_that_keeps_the_output_open_does_not_delay_the_answer) {
  const auto r = run_subprocess({"sh", "-c", "sleep 30 & echo $!; echo done"}, 10s);
  const auto lines = text::split(r.out, '\n');
  BOOST_REQUIRE(lines.size() == 3u);
  BOOST_TEST(lines[1] == "done");
  ::kill(static_cast<pid_t>(*text::to_int(lines[0])), SIGKILL);
}

BOOST_AUTO_TEST_CASE(the_child_starts_with_default_signals) {
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  const auto r = run_subprocess({"sh", "-c", "kill -PIPE $$; echo alive"}, 10s);
  std::signal(SIGPIPE, before);
  BOOST_TEST(r.exit_code == 128 + SIGPIPE);
}

BOOST_AUTO_TEST_CASE(the_environment_is_what_was_given) {
  const SubprocessOptions options{.environment = {{"ONE=1", "TWO=2"}}};
  BOOST_TEST(run_subprocess({"/usr/bin/env"}, 10s, options).out == "ONE=1\nTWO=2\n");
}

BOOST_AUTO_TEST_CASE(the_child_has_no_descriptor_that_was_not_meant_for_it) {
  const int carelessly_opened = ::open("/dev/null", O_RDONLY);
  const std::string number = std::to_string(carelessly_opened);
  const auto r = run_subprocess({"sh", "-c", "true <&" + number + " && echo inherited"}, 10s);
  ::close(carelessly_opened);
  BOOST_TEST(r.out.empty());
}

BOOST_AUTO_TEST_CASE(a_stop_kills_the_child_and_its_children) {
  std::stop_source stop;
  stop.request_stop();
  BOOST_CHECK_EXCEPTION(
      run_subprocess({"sh", "-c", "sleep 100 & sleep 100"}, 60s, {.stop = stop.get_token()}), Error,
      [](const Error& e) { return e.code() == Errc::cancelled; });
}
