// What belongs to which run of a container, and what its end tells in which order.
#include <algorithm>
#include <csignal>

#include "core/services/containers/container_inspect.hpp"
#include "core/services/containers/container_kill.hpp"
#include "core/services/containers/container_stop.hpp"
#include "tests/unit/services/container_engine.hpp"

using namespace gantry;
using domain::Status;
using Names = std::vector<std::string>;

namespace {

constexpr UnixNanos kHour = UnixNanos{3600} * 1'000'000'000;

struct EndFixture : test::ContainerEngine {
  std::string sleeper() {
    const std::string id = make(R"(["sleep"])");
    services().start().run(id);
    return id;
  }
  /// As if the clock had been set back since the start.
  void started_in_an_hour(const std::string& id) {
    domain::ContainerRecord changed = record(id);
    changed.state.started_at += kHour;
    store().put(std::move(changed));
  }
  void post(const std::string& kind, const std::string& id, int pid) {
    pluginhost::PluginEvent event;
    event.kind = kind;
    event.container_id = id;
    event.exit_code = 9;
    event.pid = pid;
    inbox().post(std::move(event));
  }
  /// Waits for one of these events.
  void expect(const std::string& action) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    for (;;) {
      const auto seen = actions();
      if (std::find(seen.begin(), seen.end(), action) != seen.end()) return;
      BOOST_REQUIRE(std::chrono::steady_clock::now() < deadline);
      std::this_thread::yield();
    }
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(container_end, EndFixture)

BOOST_AUTO_TEST_CASE(an_end_before_the_start_is_recorded_all_the_same) {
  const std::string id = sleeper();
  started_in_an_hour(id);
  auto wait = begin_wait(id);
  runtime().signal(id, SIGKILL);
  BOOST_TEST(finish(wait) == 137);
  BOOST_TEST((record(id).state.status == Status::exited));
}

BOOST_AUTO_TEST_CASE(an_end_before_the_start_is_found_at_boot_as_well) {
  const std::string id = sleeper();
  started_in_an_hour(id);
  inbox().close();  // nothing is heard any more
  runtime().signal(id, SIGKILL);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (runtime().find_state(id)->status != pluginhost::RunStatus::exited)
    BOOST_REQUIRE(std::chrono::steady_clock::now() < deadline);
  reboot();
  BOOST_TEST((record(id).state.status == Status::exited));
  BOOST_TEST(record(id).state.exit_code == 137);
}

BOOST_AUTO_TEST_CASE(news_of_an_earlier_run_change_nothing_of_the_next) {
  const std::string id = sleeper();
  const int first = record(id).state.pid;
  services().restart().run(id, {});
  actions();
  post("exit", id, first);
  inbox().await_exit_told(id);
  post("oom", id, first);
  expect("oom");
  leases().take(id).release();
  BOOST_TEST((record(id).state.status == Status::running));
  BOOST_TEST(!record(id).state.oom_killed);
  post("oom", id, record(id).state.pid);
  expect("oom");
  BOOST_TEST(record(id).state.oom_killed);
}

BOOST_AUTO_TEST_CASE(who_waits_for_an_end_hears_of_it_when_the_networks_are_left) {
  const std::string id = sleeper();
  actions();
  auto wait = begin_wait(id);
  runtime().signal(id, SIGKILL);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!wait.waiter->outcome()) BOOST_REQUIRE(std::chrono::steady_clock::now() < deadline);
  BOOST_TEST(actions() == (Names{"die", "disconnect"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_stop_is_told_before_the_removal_that_follows) {
  const std::string id = make(R"(["sleep"])", {}, R"("HostConfig":{"AutoRemove":true})");
  services().start().run(id);
  actions();
  services().stop_container().run(id, {});
  BOOST_TEST(actions() == (Names{"kill", "die", "disconnect", "stop", "destroy"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_end_is_handled_though_a_guest_names_an_owner_that_several_may_be) {
  const std::string guest =
      make(R"(["sleep"])", "guest", R"("HostConfig":{"NetworkMode":"container:f0f0f0f0f0"})");
  put_twins("f0f0f0f0f0");

  const std::string again =
      make(R"(["exit","1"])", {},
           R"("HostConfig":{"RestartPolicy":{"Name":"on-failure","MaximumRetryCount":1}})");
  auto first = begin_wait(again);
  services().start().run(again);
  finish(first);
  const auto is_over = [&] { return record(again).state.status == Status::exited; };
  for (auto next = begin_wait(again); !is_over(); next = begin_wait(again)) finish(next);
  BOOST_TEST(record(again).restart_count == 1);
  BOOST_TEST(record(again).sandbox_id.empty());

  const std::string leaving = make(R"(["exit","0"])", {}, R"("HostConfig":{"AutoRemove":true})");
  auto removed = begin_wait(leaving, "removed");
  services().start().run(leaving);
  finish(removed);
  BOOST_TEST(!store().find_id(leaving));

  domain::ContainerRecord ran_once = record(guest);
  ran_once.state.started_at = 1;
  store().put(std::move(ran_once));
  BOOST_TEST(services().inspect().run("guest", false).hosts_path.find(guest) != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
