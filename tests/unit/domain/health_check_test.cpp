#include "core/domain/health_check.hpp"

#include <boost/test/unit_test.hpp>

using namespace gantry::domain;
using namespace std::chrono;

namespace {

std::optional<HealthCheck> check_of(const std::string& json,
                                    const std::vector<std::string>& shell = {}) {
  Config config;
  config.healthcheck = json;
  config.shell = shell;
  return find_health_check(config);
}

HealthResult result(int exit_code, gantry::UnixNanos start = 1) {
  return {start, start + 1, exit_code, "said"};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(health_checks)

BOOST_AUTO_TEST_CASE(what_is_no_check) {
  BOOST_TEST(!check_of(""));
  BOOST_TEST(!check_of("{}"));
  BOOST_TEST(!check_of(R"({"Test":[]})"));
  BOOST_TEST(!check_of(R"({"Test":["NONE"],"Interval":1000000000})"));
  BOOST_TEST(!check_of(R"({"Test":["WHATEVER","x"]})"));
  BOOST_TEST(!check_of(R"({"Test":["CMD"]})"));
}

BOOST_AUTO_TEST_CASE(the_command_is_run_as_it_is_or_by_the_containers_shell) {
  const std::vector<std::string> plain{"a", "b"}, shell{"/bin/sh", "-c", "a b"},
      own{"/bin/bash", "-ec", "a b"};
  BOOST_TEST(check_of(R"({"Test":["CMD","a","b"]})")->command == plain);
  BOOST_TEST(check_of(R"({"Test":["CMD-SHELL","a b"]})")->command == shell);
  BOOST_TEST(check_of(R"({"Test":["CMD-SHELL","a b"]})", {"/bin/bash", "-ec"})->command == own);
}

BOOST_AUTO_TEST_CASE(zero_and_absent_mean_dockers_defaults) {
  const auto check =
      check_of(R"({"Test":["CMD","x"],"Interval":0,"Timeout":0,"Retries":0,"StartPeriod":0})");
  BOOST_TEST((check->interval == 30s && check->timeout == 30s && check->start_period == 0s));
  BOOST_TEST((check->start_interval == 5s && check->retries == 3));
}

BOOST_AUTO_TEST_CASE(failures_count_up_to_unhealthy_and_one_success_ends_it) {
  auto check = *check_of(R"({"Test":["CMD","x"],"Retries":2})");
  Health health{"starting", 0, {}};
  health = after_probe(check, health, result(1), 1s);
  BOOST_TEST((health.status == "starting" && health.failing_streak == 1));
  health = after_probe(check, health, result(-1), 2s);
  BOOST_TEST((health.status == "unhealthy" && health.failing_streak == 2));
  health = after_probe(check, health, result(3), 3s);
  BOOST_TEST((health.status == "unhealthy" && health.failing_streak == 3));
  health = after_probe(check, health, result(0), 4s);
  BOOST_TEST((health.status == "healthy" && health.failing_streak == 0));
  health = after_probe(check, health, result(1), 5s);
  BOOST_TEST((health.status == "healthy" && health.failing_streak == 1));
}

BOOST_AUTO_TEST_CASE(in_the_start_period_failures_do_not_count_until_the_first_success) {
  auto check = *check_of(R"({"Test":["CMD","x"],"Retries":1,"StartPeriod":10000000000})");
  Health health{"starting", 0, {}};
  health = after_probe(check, health, result(1), 9s);
  BOOST_TEST((health.status == "starting" && health.failing_streak == 0 && health.log.size() == 1));
  Health late = after_probe(check, health, result(1), 10s);
  BOOST_TEST((late.status == "unhealthy" && late.failing_streak == 1));
  health = after_probe(check, health, result(0), 2s);
  health = after_probe(check, health, result(1), 3s);
  BOOST_TEST((health.status == "unhealthy" && health.failing_streak == 1));
}

BOOST_AUTO_TEST_CASE(the_start_interval_holds_while_starting_in_the_start_period) {
  auto check = *check_of(
      R"({"Test":["CMD","x"],"Interval":60000000000,"StartPeriod":10000000000,"StartInterval":1000000000})");
  Health health{"starting", 0, {}};
  BOOST_TEST((next_probe(check, health, 0s) == 1s));
  BOOST_TEST((next_probe(check, health, 10s) == 60s));
  health.status = "healthy";
  BOOST_TEST((next_probe(check, health, 0s) == 60s));
}

BOOST_AUTO_TEST_CASE(the_last_five_results_are_kept) {
  auto check = *check_of(R"({"Test":["CMD","x"]})");
  Health health{"starting", 0, {}};
  for (int i = 1; i <= 7; ++i) health = after_probe(check, health, result(0, i), 1s);
  BOOST_TEST(health.log.size() == 5u);
  BOOST_TEST((health.log.front().start == 3 && health.log.back().start == 7));
}

BOOST_AUTO_TEST_SUITE_END()
