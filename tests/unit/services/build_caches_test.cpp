// Directories that builds keep for their commands.
#include "core/services/builds/build_caches.hpp"

#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <future>
#include <set>

#include "core/base/digest.hpp"
#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "tests/unit/temporary_directory.hpp"

using namespace gantry;
using namespace gantry::services;
using Sharing = build::RunMount::Sharing;
namespace fs = std::filesystem;

namespace {

struct Fixture {
  test::TemporaryDirectory directory;
  const fs::path place = directory / "caches";
  BuildCaches caches{place};
  std::stop_source stop;

  static build::RunMount mount(const std::string& id, Sharing sharing = Sharing::shared) {
    build::RunMount mount;
    mount.kind = build::RunMount::Kind::cache;
    mount.id = id;
    mount.sharing = sharing;
    mount.uid = ::getuid();
    mount.gid = ::getgid();
    return mount;
  }
  using Fill = std::function<void(const fs::path&)>;
  BuildCaches::Use take(const build::RunMount& mount, const Fill& fill) {
    return caches.take(BuildCaches::name_of(mount, ""), mount, fill, stop.get_token());
  }
  BuildCaches::Use take(const std::string& id, Sharing sharing = Sharing::shared) {
    return take(mount(id, sharing), [](const fs::path&) {});
  }
  /// The same on a thread of its own.
  std::future<BuildCaches::Use> taking(const std::string& id, Sharing sharing) {
    return std::async(std::launch::async, [=, this] { return take(id, sharing); });
  }
  static std::string name(const std::string& id) { return BuildCaches::name_of(mount(id), ""); }
  template <class Result>
  static bool waits(const std::future<Result>& use) {
    return use.wait_for(std::chrono::milliseconds(50)) == std::future_status::timeout;
  }
  Errc failure(const std::function<void()>& work) {
    try {
      work();
    } catch (const Error& error) {
      return error.code();
    }
    BOOST_ERROR("no error was thrown");
    return Errc::internal;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(build_cache_directories, Fixture)

BOOST_AUTO_TEST_CASE(a_cache_is_made_once_and_kept) {
  int filled = 0;
  build::RunMount wanted = mount("../x/id");
  wanted.mode = 01770;
  for (int i = 0; i < 2; ++i) {
    const auto use = take(wanted, [&](const fs::path& path) {
      ++filled;
      BOOST_TEST(fs::is_empty(path));
      file::write_atomic(path / "a", "1");
    });
    BOOST_TEST(use.data() == place / BuildCaches::name_of(wanted, "") / "data");
    BOOST_TEST(file::read(use.data() / "a") == "1");
    struct stat status {};
    BOOST_TEST_REQUIRE(::stat(use.data().c_str(), &status) == 0);
    BOOST_TEST((status.st_mode & 07777u) == 01770u);
  }
  BOOST_TEST(filled == 1);
}

BOOST_AUTO_TEST_CASE(another_owner_or_mode_or_content_is_another_cache) {
  build::RunMount usual;
  usual.id = "x";
  BOOST_TEST(BuildCaches::name_of(usual, "") == sha256_hex("x").substr(0, 25));
  std::vector<build::RunMount> others(6, usual);
  others[1].uid = 1;
  others[2].gid = 1;
  others[3].mode = 0700;
  others[4].uid = others[4].gid = 1;
  others[5].id = "y";
  std::set<std::string> names;
  for (const build::RunMount& mount : others)
    for (const std::string content : {"", "sha256:1/", "sha256:1/a", "sha256:2/"})
      names.insert(BuildCaches::name_of(mount, content));
  BOOST_TEST(names.size() == 6u * 4u);
  for (const std::string& name : names) BOOST_TEST(name.size() == 25u);
}

BOOST_AUTO_TEST_CASE(who_wants_another_mode_has_it) {
  for (const std::uint32_t mode : {0750u, 01777u}) {
    build::RunMount wanted = mount("x");
    wanted.mode = mode;
    const auto use = take(wanted, [](const fs::path&) {});
    struct stat status {};
    BOOST_TEST_REQUIRE(::stat(use.data().c_str(), &status) == 0);
    BOOST_TEST((status.st_mode & 07777u) == mode);
  }
  BOOST_TEST(caches.list().size() == 2u);
}

BOOST_AUTO_TEST_CASE(what_was_left_half_made_is_made_anew) {
  const auto half = [](const fs::path& path) {
    file::write_atomic(path / "half", "1");
    throw Error(Errc::exhausted, "disk is full");
  };
  BOOST_TEST((failure([&] { take(mount("x"), half); }) == Errc::exhausted));
  BOOST_TEST(caches.list().empty());
  BOOST_TEST(fs::is_empty(take("x", Sharing::locked).data()));
}

BOOST_AUTO_TEST_CASE(caches_are_listed_with_their_size_and_use) {
  {
    const auto use = take("x");
    file::write_atomic(use.data() / "a", std::string(1000, 'x'));
    BOOST_TEST(caches.list().at(0).in_use);
  }
  fs::create_directories(place / "no cache");
  file::write_atomic(place / "file", "");
  const auto all = caches.list();
  BOOST_TEST_REQUIRE(all.size() == 1u);
  BOOST_TEST(all[0].id == name("x"));
  BOOST_TEST(all[0].description == "cached mount x");
  BOOST_TEST(all[0].size == 1000u);
  BOOST_TEST(all[0].created > 0);
  BOOST_TEST(all[0].last_used >= all[0].created);
  BOOST_TEST(!all[0].in_use);
  BOOST_TEST(BuildCaches(directory / "none").list().empty());
}

BOOST_AUTO_TEST_CASE(only_what_is_not_in_use_is_removed) {
  const auto other = take("y");
  {
    const auto use = take("x");
    BOOST_TEST(!caches.remove(name("x")));
    BOOST_TEST(fs::exists(use.data()));
  }
  BOOST_TEST(caches.remove(name("x")));
  BOOST_TEST(!fs::exists(place / name("x")));
  BOOST_TEST(!caches.remove(name("x")));
  BOOST_TEST(caches.list().size() == 1u);
  BOOST_TEST(fs::is_empty(take("x").data()));
}

BOOST_AUTO_TEST_CASE(a_name_that_is_a_path_removes_nothing) {
  fs::create_directories(directory / "outside");
  file::write_atomic(directory / "outside/id", "x");
  for (const std::string id : {"../outside", "", ".", "..", "/", "outside"})
    BOOST_TEST(!caches.remove(id), id);
  BOOST_TEST(fs::exists(directory / "outside/id"));
}

BOOST_AUTO_TEST_CASE(a_locked_cache_has_one_user) {
  auto first = std::make_optional(take("x", Sharing::locked));
  const auto other = take("y", Sharing::locked);
  std::vector<std::future<void>> waiting;
  for (const Sharing sharing : {Sharing::locked, Sharing::shared})
    waiting.push_back(
        std::async(std::launch::async, [this, sharing] { (void)take("x", sharing); }));
  for (const auto& one : waiting) BOOST_TEST(waits(one));
  first.reset();
  for (auto& one : waiting) one.get();
}

BOOST_AUTO_TEST_CASE(a_shared_cache_has_many_users_and_none_that_locks) {
  auto first = std::make_optional(take("x"));
  auto second = std::make_optional(take("x"));
  auto locking = taking("x", Sharing::locked);
  BOOST_TEST(waits(locking));
  first.reset();
  BOOST_TEST(waits(locking));
  second.reset();
  auto alone = std::make_optional(locking.get());
  auto late = taking("x", Sharing::shared);
  BOOST_TEST(waits(late));
  alone.reset();
  late.get();
}

BOOST_AUTO_TEST_CASE(nobody_shares_a_cache_that_is_being_made) {
  std::promise<void> filling, go_on;
  auto first = std::async(std::launch::async, [&] {
    return take(mount("x"), [&](const fs::path& path) {
      filling.set_value();
      go_on.get_future().wait();
      file::write_atomic(path / "a", "1");
    });
  });
  filling.get_future().wait();
  auto second = taking("x", Sharing::shared);
  BOOST_TEST(waits(second));
  go_on.set_value();
  const auto one = first.get(), two = second.get();  // at one time
  BOOST_TEST(file::read(two.data() / "a") == "1");
}

BOOST_AUTO_TEST_CASE(waiting_ends_when_the_build_is_cancelled) {
  const auto use = take("x", Sharing::locked);
  auto second = taking("x", Sharing::locked);
  BOOST_TEST(waits(second));
  stop.request_stop();
  BOOST_TEST((failure([&] { second.get(); }) == Errc::cancelled));
}

BOOST_AUTO_TEST_SUITE_END()
