#include "core/services/plugin_inbox.hpp"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <thread>

using namespace gantry;

namespace {

pluginhost::PluginEvent event(const std::string& kind, const std::string& container) {
  pluginhost::PluginEvent made;
  made.kind = kind;
  made.container_id = container;
  return made;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(plugin_inbox)

BOOST_AUTO_TEST_CASE(who_looks_at_a_container_that_has_ended_waits_until_its_record_says_so) {
  services::ExecTable execs;
  services::PluginInbox inbox(execs);
  inbox.post(event("exit", "a"));
  std::atomic<bool> told{false};
  bool seen = false;
  std::thread client([&] {
    inbox.await_exit_told("a");
    seen = told;
  });
  told = true;
  inbox.exit_told("a");
  client.join();
  BOOST_TEST(seen);
}

BOOST_AUTO_TEST_CASE(nobody_waits_for_other_containers_or_facts) {
  services::ExecTable execs;
  services::PluginInbox inbox(execs);
  inbox.post(event("exit", "a"));
  inbox.post(event("oom", "b"));
  inbox.await_exit_told("b");
  inbox.exit_told("a");
  inbox.exit_told("a");
  inbox.await_exit_told("a");
  inbox.post(event("lost", "c"));
  inbox.close();
  inbox.await_exit_told("c");
}

BOOST_AUTO_TEST_SUITE_END()
