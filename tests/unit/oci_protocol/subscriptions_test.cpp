#include "protocol/subscriptions.hpp"

#include <sys/socket.h>

#include <boost/test/unit_test.hpp>
#include <condition_variable>
#include <cstring>
#include <semaphore>
#include <set>
#include <vector>

#include "protocol/wire.hpp"
#include "tests/unit/oci_protocol/encoded.hpp"

using namespace gantry::shim;
using gantry::test::encoded;

namespace {

struct Heard {
  std::string id, exec_id;
  std::uint64_t sequence = 0;
  int exit_code = 0;
  bool closed = false;
  std::set<std::string> ends;
};

class Recorder : public EventHandler {
 public:
  void on_ends(const std::vector<std::string>& ids) override {
    Heard heard;
    heard.ends = std::set(ids.begin(), ids.end());
    add(heard);
  }
  void on_event(const std::string& id, const Event& event) override {
    add({id, std::string(event.exec_id), event.sequence, event.exit_code, false, {}});
    if (event.exec_id == "long") go_on.acquire();
  }
  void on_subscribed(const std::string& id) override { add({id, "subscribed", 0, 0, false, {}}); }
  void on_closed(const std::string& id) override { add({id, "", 0, 0, true, {}}); }
  /// One permit for each event that takes long.
  std::binary_semaphore go_on{0};
  Heard next() {
    std::unique_lock lock(mutex_);
    BOOST_REQUIRE(
        ready_.wait_for(lock, std::chrono::seconds(20), [&] { return taken_ < heard_.size(); }));
    return heard_[taken_++];
  }

 private:
  void add(Heard heard) {
    const std::lock_guard lock(mutex_);
    heard_.push_back(std::move(heard));
    ready_.notify_all();
  }
  std::mutex mutex_;
  std::condition_variable ready_;
  std::vector<Heard> heard_;
  std::size_t taken_ = 0;
};

struct Pair {
  UniqueFd shim, plugin;
  Pair() {
    int ends[2];
    BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    shim.reset(ends[0]), plugin.reset(ends[1]);
  }
  void send(const std::string& bytes) const {
    BOOST_REQUIRE(::send(shim.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
                  static_cast<ssize_t>(bytes.size()));
  }
  std::uint64_t acked() const {
    struct {
      Header header;
      std::uint64_t sequence;
    } message{};
    BOOST_REQUIRE(::recv(shim.get(), &message, sizeof message, MSG_WAITALL) == sizeof message);
    BOOST_TEST(message.header.type == static_cast<std::uint32_t>(Type::ack));
    return message.sequence;
  }
};

std::string event_message(std::uint64_t sequence, std::string_view exec_id, int exit_code,
                          EventKind kind = EventKind::exec_exit) {
  Event event;
  event.sequence = sequence;
  event.kind = static_cast<std::uint32_t>(kind);
  event.exec_id = exec_id;
  event.exit_code = exit_code;
  const std::string body = encoded(event);
  const Header header{kMagic, static_cast<std::uint32_t>(Type::event),
                      static_cast<std::uint32_t>(body.size()), 0};
  return std::string(reinterpret_cast<const char*>(&header), sizeof header) + body;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(subscriptions)

BOOST_AUTO_TEST_CASE(events_are_delivered_in_order_and_acked_also_when_they_arrive_in_pieces) {
  Recorder recorder;
  Subscriptions subscriptions(recorder);
  Pair pair;
  subscriptions.add("c1", std::move(pair.plugin));
  const std::string both = event_message(5, "one", 1) + event_message(6, "two", 2);
  pair.send(both.substr(0, 10));
  pair.send(both.substr(10, 60));
  pair.send(both.substr(70));
  const Heard first = recorder.next(), second = recorder.next();
  BOOST_TEST(first.id == "c1");
  BOOST_TEST(first.exec_id == "one");
  BOOST_TEST(second.exec_id == "two");
  BOOST_TEST(second.exit_code == 2);
  BOOST_TEST(pair.acked() == 5u);
  BOOST_TEST(pair.acked() == 6u);
}

BOOST_AUTO_TEST_CASE(end_of_a_supervisor_is_told_once) {
  Recorder recorder;
  Subscriptions subscriptions(recorder);
  Pair first, second;
  subscriptions.add("gone", std::move(first.plugin));
  subscriptions.add("stays", std::move(second.plugin));
  first.shim.reset();
  BOOST_TEST(recorder.next().closed);
  second.send(event_message(1, "x", 0));
  BOOST_TEST(recorder.next().id == "stays");
}

BOOST_AUTO_TEST_CASE(malformed_message_closes_the_connection) {
  Recorder recorder;
  Subscriptions subscriptions(recorder);
  Pair pair;
  subscriptions.add("bad", std::move(pair.plugin));
  pair.send(std::string(64, 'x'));
  BOOST_TEST(recorder.next().closed);
  char byte;
  BOOST_TEST(::recv(pair.shim.get(), &byte, 1, 0) <= 0);
}

BOOST_AUTO_TEST_CASE(removed_and_replaced_connections_are_not_heard_any_more) {
  Recorder recorder;
  Subscriptions subscriptions(recorder);
  Pair removed, old, current;
  subscriptions.add("removed", std::move(removed.plugin));
  subscriptions.remove("removed");
  subscriptions.add("c", std::move(old.plugin));
  subscriptions.add("c", std::move(current.plugin));
  removed.shim.reset();
  old.shim.reset();
  current.send(event_message(9, "now", 3));
  BOOST_TEST(recorder.next().sequence == 9u);
  BOOST_TEST(current.acked() == 9u);
}

BOOST_AUTO_TEST_CASE(ends_that_have_come_at_the_same_time_are_told_together_and_then_each) {
  Recorder recorder;
  Subscriptions subscriptions(recorder);
  Pair busy, first, second, other;
  subscriptions.add("busy", std::move(busy.plugin));
  subscriptions.add("first", std::move(first.plugin));
  subscriptions.add("second", std::move(second.plugin));
  subscriptions.add("other", std::move(other.plugin));
  busy.send(event_message(1, "long", 0));
  BOOST_TEST(recorder.next().exec_id == "long");
  // The thread is held up while these come.
  const std::string end = event_message(2, "", 7, EventKind::exit);
  first.send(event_message(1, "before", 0) + end);
  second.send(end);
  other.send(event_message(1, "x", 0));
  recorder.go_on.release();
  BOOST_TEST((recorder.next().ends == std::set<std::string>{"first", "second"}));
  std::vector<std::string> ended;
  for (int i = 0; i < 4; ++i)
    if (const Heard heard = recorder.next(); heard.exit_code == 7) ended.push_back(heard.id);
  BOOST_TEST((std::set(ended.begin(), ended.end()) == std::set<std::string>{"first", "second"}));
  BOOST_TEST(ended.size() == 2u);
  BOOST_TEST(second.acked() == 2u);
  // One alone is just told.
  other.send(end);
  BOOST_TEST(recorder.next().exit_code == 7);
}

BOOST_AUTO_TEST_SUITE_END()
