// Probes on the fake runtime, whose "exit" and "sleep" programs end at once or not at all.
#include "core/services/containers/container_pause.hpp"
#include "core/services/containers/container_stop.hpp"
#include "tests/unit/services/container_engine.hpp"

using namespace gantry;
using namespace std::chrono_literals;

namespace {

struct HealthFixture : test::ContainerEngine {
  std::string checked(const std::string& test, const std::string& more = {},
                      std::chrono::nanoseconds interval = 1ms) {
    return make(R"(["sleep"])", {},
                R"("Healthcheck":{"Test":)" + test + R"(,"Interval":)" +
                    std::to_string(interval.count()) + more + "}");
  }
  template <class Holds>
  void wait_until(Holds&& holds) {
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (!holds()) {
      BOOST_REQUIRE(std::chrono::steady_clock::now() < deadline);
      std::this_thread::yield();
    }
  }
  void becomes(const std::string& id, const std::string& status) {
    wait_until([&] { return record(id).state.health->status == status; });
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(health_monitor, HealthFixture)

BOOST_AUTO_TEST_CASE(results_make_the_state_and_the_events) {
  const std::string good = checked(R"(["CMD","exit","0"])");
  const std::string bad = checked(R"(["CMD","exit","4"])", R"(,"Retries":2)");
  BOOST_TEST(!record(good).state.health);
  services().start().run(good);
  BOOST_TEST(record(good).state.health->status != "");
  services().start().run(bad);
  becomes(good, "healthy");
  becomes(bad, "unhealthy");
  BOOST_TEST(record(bad).state.health->failing_streak >= 2);
  BOOST_TEST(record(bad).state.health->log.back().exit_code == 4);
  // Events follow the state.
  std::vector<std::string> seen;
  const auto told = [&](const char* action) {
    return std::count(seen.begin(), seen.end(), action);
  };
  wait_until([&] {
    for (std::string& action : actions()) seen.push_back(std::move(action));
    return told("health_status: healthy") > 0 && told("health_status: unhealthy") > 0;
  });
  BOOST_TEST(told("health_status: healthy") == 1);
  BOOST_TEST(told("health_status: unhealthy") == 1);
}

BOOST_AUTO_TEST_CASE(a_probe_without_end_is_ended_at_its_limit) {
  const std::string id = checked(R"(["CMD","sleep"])", R"(,"Retries":1,"Timeout":20000000)");
  services().start().run(id);
  becomes(id, "unhealthy");
  BOOST_TEST(record(id).state.health->log.front().exit_code == -1);
  BOOST_TEST(record(id).state.health->log.front().output == "Health check exceeded timeout (20ms)");
  wait_until([&] { return record(id).state.health->log.size() > 2; });
  BOOST_TEST(execs().running_in(id).size() <= 1u);
}

BOOST_AUTO_TEST_CASE(a_stop_ends_the_probe_under_way) {
  // No second probe between the end of the first and that of the container.
  const std::string id = checked(R"(["CMD","sleep"])", {}, 1s);
  services().start().run(id);
  wait_until([&] { return !execs().running_in(id).empty(); });
  services().stop_container().run(id, {});
  BOOST_TEST(record(id).state.health->status == "unhealthy");
  // The probe's end may have come just before the container's.
  const auto results = record(id).state.health->log.size();
  BOOST_TEST(results <= 1u);
  BOOST_TEST(execs().running_in(id).empty());
  services().start().run(id);
  wait_until([&] { return !execs().running_in(id).empty(); });
  BOOST_TEST(record(id).state.health->log.size() == results);
}

BOOST_AUTO_TEST_CASE(a_pause_shows_unhealthy_until_the_next_success) {
  const std::string id = checked(R"(["CMD","exit","0"])");
  services().start().run(id);
  becomes(id, "healthy");
  services().pause().pause(id);
  BOOST_TEST(record(id).state.health->status == "unhealthy");
  services().pause().resume(id);
  becomes(id, "healthy");
}

BOOST_AUTO_TEST_CASE(the_state_is_kept_over_a_restart_of_the_daemon) {
  const std::string id = checked(R"(["CMD","exit","1"])", R"(,"Retries":3)");
  services().start().run(id);
  becomes(id, "unhealthy");
  reboot();
  BOOST_TEST(record(id).state.health->status == "unhealthy");
  BOOST_TEST(record(id).state.health->failing_streak >= 2);
  const auto length = record(id).state.health->failing_streak;
  wait_until([&] { return record(id).state.health->failing_streak > length; });
}

BOOST_AUTO_TEST_CASE(ended_probes_are_not_kept_as_exec_instances) {
  const std::string id = checked(R"(["CMD","exit","0"])");
  services().start().run(id);
  wait_until([&] { return record(id).state.health->log.size() == 5; });
  std::string exec_id;
  while (const auto event = subscription->try_next())
    if (event->action == "exec_die") exec_id = event->attributes.at("execID");
  BOOST_TEST_REQUIRE(!exec_id.empty());
  wait_until([&] { return !execs().find(exec_id); });
}

BOOST_AUTO_TEST_SUITE_END()
