#include "core/services/world/plugin_inbox.hpp"

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <future>
#include <memory>

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

BOOST_AUTO_TEST_CASE(what_follows_the_end_of_the_streams_is_called_when_they_end_and_once) {
  services::ExecTable execs;
  services::PluginInbox inbox(execs);
  int calls = 0;
  const auto then = [&] { ++calls; };
  inbox.post(event("streams_open", "a"));
  inbox.post(event("exit", "a"));
  BOOST_TEST(inbox.when_streams_end("a", then));
  inbox.post(event("streams_end", "b"));
  BOOST_TEST(calls == 0);
  inbox.post(event("streams_end", "a"));
  inbox.post(event("streams_end", "a"));
  BOOST_TEST(calls == 1);
  BOOST_TEST(inbox.take()->kind == "exit");
}

BOOST_AUTO_TEST_CASE(all_relays_of_the_container_are_waited_for) {
  services::ExecTable execs;
  services::PluginInbox inbox(execs);
  int calls = 0;
  auto first = inbox.relay_begun("a"), second = inbox.relay_begun("a");
  const auto other = inbox.relay_begun("b");
  inbox.post(event("streams_open", "a"));
  inbox.post(event("exit", "a"));
  BOOST_TEST(inbox.when_streams_end("a", [&] { ++calls; }));
  first.reset();
  second.reset();
  BOOST_TEST(calls == 0);
  inbox.post(event("streams_end", "a"));
  BOOST_TEST(calls == 1);
  BOOST_TEST(!inbox.when_streams_end("a", [&] { ++calls; }));

  second = inbox.relay_begun("a");
  inbox.post(event("streams_open", "a"));
  inbox.post(event("streams_end", "a"));
  BOOST_TEST(inbox.when_streams_end("a", [&] { ++calls; }));
  second.reset();
  BOOST_TEST(calls == 2);
}

BOOST_AUTO_TEST_CASE(a_relay_that_goes_on_keeps_nothing_of_an_end_that_was_told) {
  services::ExecTable execs;
  services::PluginInbox inbox(execs);
  auto relay = inbox.relay_begun("a");
  BOOST_TEST(inbox.when_streams_end("a", [] { BOOST_ERROR("called"); }));
  inbox.exit_told("a");
  relay.reset();
  relay = inbox.relay_begun("a");
  inbox.close();
  relay.reset();
}

BOOST_AUTO_TEST_CASE(without_open_streams_nothing_is_kept) {
  services::ExecTable execs;
  services::PluginInbox inbox(execs);
  const auto then = [] { BOOST_ERROR("called"); };
  BOOST_TEST(!inbox.when_streams_end("a", then));
  inbox.post(event("streams_open", "a"));
  inbox.post(event("streams_end", "a"));
  BOOST_TEST(!inbox.when_streams_end("a", then));
}

BOOST_AUTO_TEST_CASE(a_flood_of_notices_takes_no_end_from_the_queue) {
  services::ExecTable execs;
  services::PluginInbox inbox(execs);
  inbox.post(event("exit", "a"));
  for (std::size_t i = 0; i < services::PluginInbox::kLimit; ++i) inbox.post(event("oom", "b"));
  inbox.post(event("exit", "c"));
  inbox.close();
  std::vector<std::string> ended;
  std::size_t all = 0;
  for (; const auto next = inbox.take(); ++all)
    if (next->kind == "exit") ended.push_back(next->container_id);
  BOOST_TEST((ended == std::vector<std::string>{"a", "c"}));
  BOOST_TEST(all == services::PluginInbox::kLimit + 1);
}

BOOST_AUTO_TEST_CASE(what_waits_for_streams_that_do_not_end_is_let_go_of) {
  services::ExecTable execs;
  services::PluginInbox inbox(execs);
  const auto held = std::make_shared<int>();
  const auto then = [held] { BOOST_ERROR("called"); };
  for (const char* id : {"a", "b"}) {
    inbox.post(event("streams_open", id));
    BOOST_TEST(inbox.when_streams_end(id, then));
  }
  BOOST_TEST(held.use_count() == 4);
  inbox.exit_told("a");
  BOOST_TEST(held.use_count() == 3);
  inbox.post(event("streams_end", "a"));
  inbox.close();
  BOOST_TEST(held.use_count() == 2);
  BOOST_TEST(!inbox.when_streams_end("b", then));
}

BOOST_AUTO_TEST_SUITE_END()
