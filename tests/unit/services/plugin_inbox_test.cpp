#include "core/services/plugin_inbox.hpp"

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <future>

using namespace gantry;
using namespace std::chrono_literals;

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
  const auto client = std::async(std::launch::async, [&] { inbox.await_exit_told("a"); });
  BOOST_CHECK(client.wait_for(100ms) == std::future_status::timeout);
  inbox.exit_told("a");
  client.wait();
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
