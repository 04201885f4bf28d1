#include "core/pluginhost/event_gate.hpp"

#include <boost/test/unit_test.hpp>

#include "core/pluginhost/plugin_host.hpp"

namespace gantry::pluginhost {

namespace {

const std::string kId(64, 'a'), kOther(64, 'b'), kExec(64, 'c');

struct Fixture {
  EventGate gate{"test"};

  bool send(const char* kind, const std::string& id, const std::string& exec_id = "") {
    gantry_event event{};
    event.size = sizeof event;
    event.kind = kind;
    event.container_id = id.c_str();
    event.exec_id = exec_id.c_str();
    event.exit_code = 7;
    event.time_ns = 12;
    PluginEvent out;
    return gate.admit(&event, out);
  }
};

std::string numbered_id(int n) {
  std::string id = std::to_string(n);
  return std::string(64 - id.size(), '0') + id;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(event_gate, Fixture)

BOOST_AUTO_TEST_CASE(an_exit_that_was_asked_for_passes_with_all_its_fields) {
  gate.listed({});
  gate.expect(kId);
  gantry_event event{};
  event.size = sizeof event;
  event.kind = "exit";
  event.container_id = kId.c_str();
  event.exec_id = "";
  event.exit_code = 137;
  event.time_ns = 99;
  event.oom_killed = 1;
  event.pid = 4711;
  PluginEvent out;
  BOOST_TEST(gate.admit(&event, out));
  BOOST_TEST(out.kind == "exit");
  BOOST_TEST(out.container_id == kId);
  BOOST_TEST(out.exit_code == 137);
  BOOST_TEST(out.oom_killed);
  BOOST_TEST(out.time == 99);
  BOOST_TEST(out.pid == 4711);
  gate.expect(kId);
  event.size = offsetof(gantry_event, pid);  // of ABI 1.0
  BOOST_TEST(gate.admit(&event, out));
  BOOST_TEST(out.pid == 0);
}

BOOST_AUTO_TEST_CASE(garbage_is_refused_whatever_it_is) {
  gate.expect(kId);
  PluginEvent out;
  BOOST_TEST(!gate.admit(nullptr, out));
  gantry_event short_event{};
  short_event.size = 8;
  BOOST_TEST(!gate.admit(&short_event, out));
  gantry_event nulls{};
  nulls.size = sizeof nulls;
  BOOST_TEST(!gate.admit(&nulls, out));
  BOOST_TEST(!send("explode", kId));
  BOOST_TEST(!send(std::string(100000, 'k').c_str(), kId));
  BOOST_TEST(!send("exit", "short"));
  BOOST_TEST(!send("exit", std::string(64, 'Z')));
  BOOST_TEST(!send("exit", std::string(65, 'a')));
  BOOST_TEST(!send("exec_exit", kId, "nonsense"));
  BOOST_TEST(!send("detach", kId, "nonsense"));
  BOOST_TEST(gate.refused() == 10u);
  BOOST_TEST(send("exit", kId));
}

BOOST_AUTO_TEST_CASE(what_ends_nothing_passes_too_but_not_in_floods) {
  BOOST_TEST(send("detach", kId));
  BOOST_TEST(send("detach", kId, kExec));
  BOOST_TEST(send("streams_open", kId));
  BOOST_TEST(send("streams_end", kId));
  int passed = 0;
  for (int i = 0; i < 1000; ++i) passed += send("detach", kId) ? 1 : 0;
  BOOST_TEST(passed < 100);
  BOOST_TEST(send("exit", kId));
}

BOOST_AUTO_TEST_CASE(before_the_first_listing_unknown_containers_may_report_but_not_without_end) {
  for (int i = 0; i < static_cast<int>(EventGate::kMaxUnlisted); ++i)
    BOOST_REQUIRE(send("exit", numbered_id(i)));
  BOOST_TEST(!send("exit", numbered_id(1 << 20)));
}

BOOST_AUTO_TEST_CASE(after_a_listing_only_known_containers_report) {
  gate.listed({kId});
  BOOST_TEST(send("exit", kId));
  BOOST_TEST(!send("exit", kOther));
  gate.expect(kOther);
  BOOST_TEST(send("exit", kOther));
}

BOOST_AUTO_TEST_CASE(a_container_that_ran_before_the_daemon_may_report_many_exec_exits) {
  gate.listed({kId});
  for (int i = 0; i < 1000; ++i) BOOST_REQUIRE(send("exec_exit", kId, kExec));
}

BOOST_AUTO_TEST_CASE(exits_beyond_the_starts_are_refused) {
  gate.listed({});
  gate.expect(kId);
  int passed = 0;
  for (int i = 0; i < 1000; ++i) passed += send("exit", kId) ? 1 : 0;
  BOOST_TEST(passed < 10);
  gate.expect(kId);  // started again
  BOOST_TEST(send("exit", kId));
}

BOOST_AUTO_TEST_CASE(every_start_brings_its_exit_however_often_it_restarts) {
  gate.listed({});
  for (int i = 0; i < 10000; ++i) {
    gate.expect(kId);
    BOOST_REQUIRE(send("exit", kId));
    gate.forget(kId);
    gate.expect(numbered_id(i));  // others come and go in between
    gate.forget(numbered_id(i));
  }
  gate.expect_exec(kId);
  BOOST_TEST(send("exec_exit", kId, kExec));
}

BOOST_AUTO_TEST_CASE(an_exit_that_crosses_the_removal_still_passes) {
  gate.listed({});
  gate.expect(kId);
  gate.forget(kId);
  BOOST_TEST(send("exit", kId));
}

BOOST_AUTO_TEST_CASE(a_container_in_use_outlives_the_list_of_the_gone) {
  gate.listed({});
  gate.expect(kId);
  gate.forget(kId);
  gate.expect(kId);
  for (int i = 0; i < static_cast<int>(EventGate::kRecentlyGone) + 10; ++i) {
    gate.expect(numbered_id(i));
    gate.forget(numbered_id(i));
  }
  BOOST_TEST(send("exit", kId));
  BOOST_TEST(!send("exit", numbered_id(0)));
}

BOOST_AUTO_TEST_CASE(oom_events_are_thinned_out) {
  gate.listed({kId});
  int passed = 0;
  for (int i = 0; i < 1000; ++i) passed += send("oom", kId) ? 1 : 0;
  BOOST_TEST(passed >= 1);
  BOOST_TEST(passed < 100);
  BOOST_TEST(send("exit", kId));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gantry::pluginhost
