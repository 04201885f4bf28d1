#include "core/domain/restart_decision.hpp"

#include <boost/test/unit_test.hpp>

#include "core/domain/joined_containers.hpp"

using namespace gantry::domain;
using namespace std::chrono;

namespace {

ContainerRecord with_policy(const std::string& name, std::int64_t limit = 0) {
  ContainerRecord record;
  record.host_config.restart_policy = {name, limit};
  record.host_config.json = "{}";
  record.state.status = Status::exited;
  record.state.started_at = 1;
  return record;
}

bool restarts(const ContainerRecord& record, int exit_code) {
  return decide_on_exit(record, exit_code, 1s).restart;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(restart_decisions)

BOOST_AUTO_TEST_CASE(each_policy_restarts_what_it_says) {
  BOOST_TEST((!restarts(with_policy("no"), 1) && !restarts(with_policy(""), 1)));
  BOOST_TEST((restarts(with_policy("always"), 0) && restarts(with_policy("always"), 1)));
  BOOST_TEST((restarts(with_policy("unless-stopped"), 0)));
  BOOST_TEST((restarts(with_policy("on-failure"), 1) && !restarts(with_policy("on-failure"), 0)));
}

BOOST_AUTO_TEST_CASE(the_limit_of_failures_is_kept) {
  auto record = with_policy("on-failure", 2);
  record.restart_count = 1;
  BOOST_TEST(restarts(record, 1));
  record.restart_count = 2;
  BOOST_TEST(!restarts(record, 1));
}

BOOST_AUTO_TEST_CASE(a_manual_stop_ends_every_policy) {
  for (const char* policy : {"always", "unless-stopped", "on-failure"}) {
    auto record = with_policy(policy);
    record.manually_stopped = record.restart_cancelled = true;
    BOOST_TEST(!restarts(record, 1));
  }
}

BOOST_AUTO_TEST_CASE(a_signal_that_does_not_mean_the_end_counts_for_unless_stopped_only) {
  for (const char* policy : {"always", "unless-stopped", "on-failure"}) {
    auto record = with_policy(policy);
    record.manually_stopped = true;
    const bool expected = policy != std::string("unless-stopped");
    BOOST_TEST(restarts(record, 1) == expected);
    record.state.exit_code = 1;
    BOOST_TEST(starts_at_boot(record) == expected);
    record.state.status = Status::restarting;
    BOOST_TEST(starts_at_boot(record) == expected);
  }
}

BOOST_AUTO_TEST_CASE(the_delay_doubles_up_to_a_minute) {
  auto record = with_policy("always");
  std::vector<std::int64_t> delays;
  for (int i = 0; i < 12; ++i) {
    const ExitDecision decision = decide_on_exit(record, 1, 9s);
    delays.push_back(duration_cast<milliseconds>(decision.delay).count());
    record.restart_delay_ns = decision.delay.count();
    ++record.restart_count;
  }
  const std::vector<std::int64_t> expected{100,  200,   400,   800,   1600,  3200,
                                           6400, 12800, 25600, 51200, 60000, 60000};
  BOOST_TEST(delays == expected, boost::test_tools::per_element());
  BOOST_TEST((decide_on_exit(record, 1, 10s).delay == 100ms));
  record.restart_count = 0;  // a client started it
  BOOST_TEST((decide_on_exit(record, 1, 1s).delay == 100ms));
}

BOOST_AUTO_TEST_CASE(auto_remove_follows_the_end) {
  auto record = with_policy("no");
  record.host_config.auto_remove = true;
  BOOST_TEST(decide_on_exit(record, 0, 1s).remove);
}

BOOST_AUTO_TEST_CASE(at_boot_a_manual_stop_counts_for_all_but_always) {
  for (const bool stopped : {false, true}) {
    auto record = with_policy("always");
    record.manually_stopped = record.restart_cancelled = stopped;
    record.state.exit_code = 1;
    BOOST_TEST(starts_at_boot(record));
    record.host_config.restart_policy.name = "unless-stopped";
    BOOST_TEST(starts_at_boot(record) == !stopped);
    record.host_config.restart_policy.name = "on-failure";
    BOOST_TEST(starts_at_boot(record) == !stopped);
    record.host_config.restart_policy.name = "no";
    BOOST_TEST(!starts_at_boot(record));
  }
}

BOOST_AUTO_TEST_CASE(at_boot_what_never_ran_or_is_being_removed_stays_as_it_is) {
  auto record = with_policy("always");
  record.state.started_at = 0;
  BOOST_TEST(!starts_at_boot(record));
  record = with_policy("always");
  record.removing = true;
  BOOST_TEST(!starts_at_boot(record));
}

BOOST_AUTO_TEST_CASE(at_boot_a_restart_that_was_decided_on_happens) {
  auto record = with_policy("on-failure", 1);
  record.restart_count = 1;
  record.state.exit_code = 1;
  BOOST_TEST(!starts_at_boot(record));
  record.state.status = Status::restarting;
  BOOST_TEST(starts_at_boot(record));
}

BOOST_AUTO_TEST_CASE(joined_containers_are_those_of_namespaces_and_links) {
  auto record = with_policy("always");
  record.host_config.network_mode = "container:net";
  record.host_config.json = R"({"PidMode":"container:pid","IpcMode":"shareable"})";
  record.host_config.links = {"db:database"};
  const std::vector<std::string> expected{"net", "pid", "db"};
  BOOST_TEST(joined_containers(record) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
