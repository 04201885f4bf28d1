#include "core/base/file_watch.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <boost/test/unit_test.hpp>
#include <thread>

#include "core/base/file.hpp"
#include "tests/unit/temporary_directory.hpp"

using namespace gantry;
using namespace std::chrono_literals;
using Change = FileWatch::Change;

namespace {

struct Fixture {
  Fixture() { append("log", "first\n"); }
  void append(const char* name, std::string_view text) {
    file::write_all(file::open(dir / name, O_WRONLY | O_CREAT | O_APPEND).get(), text);
  }
  std::unique_ptr<FileWatch> watch(const char* name = "log") {
    return watcher.watch(dir / name, file::open(dir / name, O_RDONLY).get());
  }
  Change wait(FileWatch& w, std::chrono::milliseconds limit = 20s) {
    return w.wait(also, Peer(), limit);
  }
  test::TemporaryDirectory dir;
  FileWatcher watcher;
  Notifier also;
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_quiet_file_wakes_nobody, Fixture) {
  const auto w = watch();
  BOOST_CHECK(wait(*w, 5ms) == Change::timeout);
  append("other", "x");
  BOOST_CHECK(wait(*w, 5ms) == Change::timeout);
}

BOOST_FIXTURE_TEST_CASE(growth_wakes_also_when_it_came_before_the_wait, Fixture) {
  const auto w = watch();
  append("log", "second\n");
  BOOST_CHECK(wait(*w) == Change::changed);
  std::thread writer([&] { append("log", "third\n"); });
  BOOST_CHECK(wait(*w) == Change::changed);
  writer.join();
}

BOOST_FIXTURE_TEST_CASE(a_rotated_file_is_replaced_once_its_successor_is_there, Fixture) {
  const auto w = watch();
  std::filesystem::rename(dir / "log", dir / "log.1");
  BOOST_CHECK(wait(*w) == Change::changed);
  append("log", "new\n");
  Change woken;
  while ((woken = wait(*w)) == Change::changed) {
  }
  BOOST_CHECK(woken == Change::replaced);
  const auto next = watch();
  append("log", "more\n");
  BOOST_CHECK(wait(*next) == Change::changed);
}

BOOST_FIXTURE_TEST_CASE(a_file_renamed_over_it_is_seen, Fixture) {
  const auto w = watch();
  append("fresh", "x");
  std::filesystem::rename(dir / "fresh", dir / "log");
  Change woken;
  while ((woken = wait(*w)) == Change::changed) {
  }
  BOOST_CHECK(woken == Change::replaced);
}

BOOST_FIXTURE_TEST_CASE(a_rotation_between_opening_and_watching_is_seen, Fixture) {
  const UniqueFd old = file::open(dir / "log", O_RDONLY);
  std::filesystem::rename(dir / "log", dir / "log.1");
  append("log", "new\n");
  const auto w = watcher.watch(dir / "log", old.get());
  BOOST_CHECK(wait(*w) == Change::replaced);
}

BOOST_FIXTURE_TEST_CASE(a_removed_file_is_not_replaced, Fixture) {
  const auto w = watch();
  std::filesystem::remove(dir / "log");
  Change woken;
  while ((woken = wait(*w, 5ms)) == Change::changed) {
  }
  BOOST_CHECK(woken == Change::timeout);
}

BOOST_FIXTURE_TEST_CASE(a_notifier_and_a_peer_end_the_wait, Fixture) {
  const auto w = watch();
  int ends[2];
  BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  const UniqueFd ours(ends[0]);
  UniqueFd theirs(ends[1]);
  theirs.reset();
  BOOST_CHECK(w->wait(also, Peer(ours.get()), 20s) == Change::peer_gone);
  also.notify();
  BOOST_CHECK(w->wait(also, Peer(ours.get()), 20s) == Change::notified);
  append("log", "last\n");
  // What was written before the flag went up is read first: a container's last words.
  const auto end = std::chrono::steady_clock::now() + 20s;
  Change woken = Change::notified;
  while (woken == Change::notified && std::chrono::steady_clock::now() < end)
    woken = w->wait(also, Peer(ours.get()), 20s);
  BOOST_CHECK(woken == Change::changed);
}

BOOST_FIXTURE_TEST_CASE(several_followers_of_one_file_are_all_woken_and_leave_alone, Fixture) {
  auto a = watch();
  const auto b = watch();
  append("log", "x");
  BOOST_CHECK(wait(*a) == Change::changed);
  BOOST_CHECK(wait(*b) == Change::changed);
  a.reset();
  append("log", "y");
  BOOST_CHECK(wait(*b) == Change::changed);
}

BOOST_FIXTURE_TEST_CASE(more_watches_than_a_user_may_have_inotify_instances, Fixture) {
  std::vector<std::unique_ptr<FileWatch>> watches;
  for (int i = 0; i < 300; ++i) {
    append(std::to_string(i).c_str(), "x");
    watches.push_back(watch(std::to_string(i).c_str()));
  }
  append("299", "y");
  BOOST_CHECK(wait(*watches[299]) == Change::changed);
  BOOST_CHECK(wait(*watches[0], 5ms) == Change::timeout);
}

BOOST_FIXTURE_TEST_CASE(watches_come_and_go_while_their_files_change, Fixture) {
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    while (!stop) append("log", "x");
  });
  for (int i = 0; i < 300; ++i) BOOST_CHECK(wait(*watch()) == Change::changed);
  stop = true;
  writer.join();
}
