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

BOOST_AUTO_TEST_CASE(who_tells_of_an_end_waits_until_the_streams_have_ended) {
  services::ExecTable execs;
  services::PluginInbox inbox(execs);
  inbox.post(event("streams_open", "a"));
  inbox.post(event("exit", "a"));
  const auto told = std::async(std::launch::async, [&] { inbox.await_streams_end("a"); });
  BOOST_CHECK(told.wait_for(100ms) == std::future_status::timeout);
  inbox.await_streams_end("b");
  inbox.post(event("streams_end", "b"));
  BOOST_CHECK(told.wait_for(0ms) == std::future_status::timeout);
  inbox.post(event("streams_end", "a"));
  told.wait();
  BOOST_TEST(inbox.take()->kind == "exit");
  inbox.post(event("streams_end", "c"));
  inbox.post(event("exit", "c"));
  inbox.await_streams_end("c");
}

BOOST_AUTO_TEST_CASE(who_tells_of_an_end_waits_for_all_relays_of_the_container) {
  services::ExecTable execs;
  services::PluginInbox inbox(execs);
  auto first = inbox.relay_begun("a"), second = inbox.relay_begun("a");
  const auto other = inbox.relay_begun("b");
  inbox.post(event("streams_open", "a"));
  inbox.post(event("exit", "a"));
  inbox.post(event("streams_end", "a"));
  const auto told = std::async(std::launch::async, [&] { inbox.await_streams_end("a"); });
  first.reset();
  BOOST_CHECK(told.wait_for(100ms) == std::future_status::timeout);
  second.reset();
  told.wait();
  inbox.await_streams_end("a");
}

BOOST_AUTO_TEST_CASE(streams_that_do_not_end_hold_nobody_for_ever) {
  services::ExecTable execs;
  services::PluginInbox inbox(execs);
  inbox.post(event("streams_open", "a"));
  const auto begin = std::chrono::steady_clock::now();
  inbox.await_streams_end("a");
  BOOST_CHECK(std::chrono::steady_clock::now() - begin >= 1900ms);
  inbox.await_streams_end("a");
  BOOST_CHECK(std::chrono::steady_clock::now() - begin < 3900ms);
  inbox.post(event("streams_open", "a"));
  inbox.close();
  inbox.await_streams_end("a");
}

BOOST_AUTO_TEST_SUITE_END()
