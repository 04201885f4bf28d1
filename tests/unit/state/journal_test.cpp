#include "core/state/journal.hpp"

#include <sched.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <map>
#include <thread>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "tests/unit/temporary_directory.hpp"

using namespace gantry;
using gantry::state::Journal;
using gantry::test::TemporaryDirectory;

namespace {

std::map<std::string, std::string> all(const Journal& journal, std::string_view kind) {
  std::map<std::string, std::string> found;
  journal.each(kind, [&](std::string id, std::string document) {
    BOOST_TEST(found.emplace(std::move(id), std::move(document)).second);
  });
  return found;
}

constexpr int kNoNamespace = 77;
constexpr std::size_t kSmallDisk = 4 << 20;

/// 0, or the number of the step that failed.
int fill_small_disk(const std::filesystem::path& mount_point) {
  if (::unshare(CLONE_NEWNS) != 0 && ::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
    return kNoNamespace;
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      ::mount("tmpfs", mount_point.c_str(), "tmpfs", 0, "size=4m") != 0)
    return kNoNamespace;
  try {
    Journal j(mount_point / "db");
    const auto fits = [&](const std::string& id, Journal::Room room) {
      try {
        j.put("k", id, std::string(4000, 'x'), room);
        return true;
      } catch (const Error& e) {
        if (e.code() != Errc::exhausted) throw;
        return false;
      }
    };
    for (int i = 0; i < 20; ++i)
      if (!fits(std::to_string(i), Journal::Room::free)) return 1;
    const auto filler = mount_point / "filler";
    std::ofstream(filler) << std::string(kSmallDisk, 'x');
    if (fits("none", Journal::Room::free)) return 2;
    for (int i = 0; i < 500; ++i) {  // more than the log has room for
      if (!fits("end", Journal::Room::reserved)) return 3;
      j.erase("k", std::to_string(i));
    }
    std::size_t left = 0;
    j.each("k", [&](std::string id, std::string) { left += id == "end"; });
    if (left != 1) return 5;
    std::filesystem::remove(filler);
    if (!fits("again", Journal::Room::free)) return 6;
  } catch (const std::exception&) {
    return 4;
  }
  return 0;
}

void run_sql(const std::filesystem::path& file, const char* sql) {
  sqlite3* db = nullptr;
  BOOST_REQUIRE(sqlite3_open(file.c_str(), &db) == SQLITE_OK);
  BOOST_REQUIRE(sqlite3_exec(db, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(db);
}

}  // namespace

BOOST_AUTO_TEST_CASE(documents_are_there_again_after_reopening) {
  const TemporaryDirectory dir;
  {
    Journal j(dir / "db");
    j.put("container", "b", "{\"v\":1}");
    j.put("container", "b", "{\"v\":2}");
    j.put("container", "a", std::string("x\0y", 3));
    j.put("image", "a", "{}");
    j.put("image", "gone", "{}");
    j.erase("image", "gone");
    j.erase("image", "never there");
  }
  const Journal j(dir / "db");
  BOOST_TEST(all(j, "container").at("b") == "{\"v\":2}");
  BOOST_TEST(all(j, "container").at("a") == std::string("x\0y", 3));
  BOOST_TEST(all(j, "image").size() == 1u);
  BOOST_TEST(all(j, "other").empty());
}

BOOST_AUTO_TEST_CASE(more_documents_than_a_batch_come_in_order_of_id) {
  const TemporaryDirectory dir;
  Journal j(dir / "db");
  std::vector<Journal::Change> changes;
  for (int i = 999; i >= 100; --i) changes.push_back({"k", std::to_string(i), "d"});
  j.apply(changes);
  int expected = 100;
  j.each("k", [&](std::string id, std::string) { BOOST_TEST(id == std::to_string(expected++)); });
  BOOST_TEST(expected == 1000);
}

BOOST_AUTO_TEST_CASE(a_visitor_may_write_to_the_journal) {
  const TemporaryDirectory dir;
  Journal j(dir / "db");
  for (int i = 0; i < 200; ++i) j.put("k", std::to_string(i), "old");
  j.each("k", [&](std::string id, std::string) { j.put("k", id, "new"); });
  for (const auto& [id, document] : all(j, "k")) BOOST_TEST(document == "new");
}

BOOST_AUTO_TEST_CASE(changes_apply_all_or_none) {
  const TemporaryDirectory dir;
  Journal j(dir / "db");
  j.apply({{"k", "a", "1"}, {"k", "b", "2"}, {"k", "a", ""}});
  BOOST_TEST(all(j, "k").size() == 1u);
  run_sql(dir / "db",
          "CREATE TRIGGER refuse BEFORE INSERT ON documents WHEN NEW.id='bad' BEGIN SELECT "
          "RAISE(ABORT, 'refused'); END");
  BOOST_CHECK_THROW(j.apply({{"k", "c", "3"}, {"k", "bad", "4"}}), Error);
  BOOST_TEST(all(j, "k").size() == 1u);
  j.put("k", "d", "5");  // the failed transaction is not left open
  BOOST_TEST(all(j, "k").size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_told_apart_and_survived) {
  const TemporaryDirectory dir;
  // In a child with a mount namespace of its own, so that the small disk ends with it.
  const pid_t child = ::fork();
  if (child == 0) ::_exit(fill_small_disk(dir.path()));
  BOOST_REQUIRE(child > 0);
  int status = 0;
  BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
  BOOST_REQUIRE(WIFEXITED(status));
  if (WEXITSTATUS(status) == kNoNamespace) {
    BOOST_TEST_MESSAGE("skipped: no mount namespace may be made here");
    return;
  }
  BOOST_TEST(WEXITSTATUS(status) == 0);
}

BOOST_AUTO_TEST_CASE(a_journal_of_a_newer_version_is_refused) {
  const TemporaryDirectory dir;
  { Journal j(dir / "db"); }
  run_sql(dir / "db", "PRAGMA user_version=99");
  BOOST_CHECK_EXCEPTION(Journal j(dir / "db"), Error, [](const Error& e) {
    return e.code() == Errc::conflict && std::string(e.what()).find("99") != std::string::npos;
  });
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_database_is_refused_and_kept) {
  const TemporaryDirectory dir;
  const std::string text(5000, 'x');
  file::write_atomic(dir / "db", text);
  BOOST_CHECK_THROW(Journal j(dir / "db"), Error);
  BOOST_TEST(file::read(dir / "db") == text);
}

BOOST_AUTO_TEST_CASE(the_journal_is_readable_by_its_owner_only) {
  const TemporaryDirectory dir;
  Journal j(dir / "db");
  j.put("k", "a", "1");
  for (const auto& entry : file::fs::directory_iterator(dir.path())) {
    struct stat st {};
    BOOST_REQUIRE(::stat(entry.path().c_str(), &st) == 0);
    BOOST_TEST((st.st_mode & 077) == 0u, entry.path());
  }
}

BOOST_AUTO_TEST_CASE(several_threads_write_at_once) {
  const TemporaryDirectory dir;
  Journal j(dir / "db");
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&j, t] {
      for (int i = 0; i < 50; ++i) {
        j.put("k", std::to_string(t) + "." + std::to_string(i), "d");
        if (i % 10 == 0) j.each("k", [](std::string, std::string) {});
      }
    });
  for (auto& t : threads) t.join();
  BOOST_TEST(all(j, "k").size() == 200u);
}
