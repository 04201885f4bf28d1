#include "core/domain/status_text.hpp"

#include <boost/test/unit_test.hpp>

using namespace gantry::domain;

BOOST_AUTO_TEST_SUITE(status_words)

BOOST_AUTO_TEST_CASE(durations_read_as_in_docker_ps) {
  constexpr std::int64_t s = 1'000'000'000, m = 60 * s, h = 60 * m, d = 24 * h;
  BOOST_TEST(human_duration(0) == "Less than a second");
  BOOST_TEST(human_duration(s) == "1 second");
  BOOST_TEST(human_duration(59 * s) == "59 seconds");
  BOOST_TEST(human_duration(m) == "About a minute");
  BOOST_TEST(human_duration(59 * m) == "59 minutes");
  BOOST_TEST(human_duration(h) == "About an hour");
  BOOST_TEST(human_duration(90 * m) == "2 hours");
  BOOST_TEST(human_duration(47 * h) == "47 hours");
  BOOST_TEST(human_duration(3 * d) == "3 days");
  BOOST_TEST(human_duration(15 * d) == "2 weeks");
  BOOST_TEST(human_duration(70 * d) == "2 months");
  BOOST_TEST(human_duration(800 * d) == "2 years");
}

BOOST_AUTO_TEST_CASE(each_state_has_its_words) {
  State state;
  BOOST_TEST(status_text(state, 0) == "Created");
  state.status = Status::running;
  state.started_at = 1;
  BOOST_TEST(status_text(state, 5'000'000'001) == "Up 5 seconds");
  state.health = Health{"starting", 0, {}};
  BOOST_TEST(status_text(state, 5'000'000'001) == "Up 5 seconds (health: starting)");
  state.status = Status::exited;
  state.exit_code = 137;
  state.finished_at = 1;
  BOOST_TEST(status_text(state, 2'000'000'001) == "Exited (137) 2 seconds ago");
}

BOOST_AUTO_TEST_CASE(arguments_with_blanks_are_quoted) {
  ContainerRecord record;
  record.path = "sh";
  record.args = {"-c", "echo hi"};
  BOOST_TEST(command_text(record) == "sh -c 'echo hi'");
}

BOOST_AUTO_TEST_SUITE_END()
