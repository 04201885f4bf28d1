#include "core/base/file.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "core/base/error.hpp"
#include "tests/unit/temporary_directory.hpp"

using namespace gantry;
using gantry::test::TemporaryDirectory;

BOOST_AUTO_TEST_CASE(an_atomic_write_replaces_the_content_and_leaves_no_temporary) {
  const TemporaryDirectory dir;
  file::write_atomic(dir / "f", "one");
  file::write_atomic(dir / "f", "two", 0640);
  BOOST_TEST(file::read(dir / "f") == "two");
  BOOST_TEST(std::distance(file::fs::directory_iterator(dir.path()), {}) == 1);
  struct stat st {};
  BOOST_REQUIRE(::stat((dir / "f").c_str(), &st) == 0);
  BOOST_TEST((st.st_mode & 0777) == 0640u);
}

BOOST_AUTO_TEST_CASE(a_failed_atomic_write_leaves_no_temporary) {
  const TemporaryDirectory dir;
  file::make_directories(dir / "taken/inside");
  BOOST_CHECK_THROW(file::write_atomic(dir / "taken", "x"), Error);
  BOOST_TEST(std::distance(file::fs::directory_iterator(dir.path()), {}) == 1);
}

BOOST_AUTO_TEST_CASE(a_missing_file_is_not_found_or_nothing) {
  const TemporaryDirectory dir;
  BOOST_CHECK_EXCEPTION(file::read(dir / "none"), Error,
                        [](const Error& e) { return e.code() == Errc::not_found; });
  BOOST_TEST(!file::find(dir / "none").has_value());
}

BOOST_AUTO_TEST_CASE(directories_are_made_with_their_parents_and_again_without_complaint) {
  const TemporaryDirectory dir;
  file::make_directories(dir / "a/b/c");
  file::make_directories(dir / "a/b/c");
  BOOST_TEST(file::fs::is_directory(dir / "a/b/c"));
  file::write_atomic(dir / "a/file", "");
  BOOST_CHECK_THROW(file::make_directories(dir / "a/file"), Error);
  file::remove_tree(dir / "a");
  file::remove_tree(dir / "a");
  BOOST_TEST(!file::fs::exists(dir / "a"));
}

BOOST_AUTO_TEST_CASE(a_tree_of_any_depth_and_width_is_removed_with_few_descriptors) {
  const TemporaryDirectory dir;
  file::make_directories(dir / "deep");
  UniqueFd at = file::open(dir / "deep", O_RDONLY | O_DIRECTORY);
  for (int i = 0; i < 3000; ++i) {
    BOOST_REQUIRE(::mkdirat(at.get(), "d", 0700) == 0);
    BOOST_REQUIRE(::symlinkat("/etc", at.get(), "link") == 0);
    UniqueFd below(::openat(at.get(), "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    BOOST_REQUIRE(static_cast<bool>(below));
    at = std::move(below);
  }
  for (int i = 0; i < 2000; ++i)
    BOOST_REQUIRE(::mkdirat(at.get(), ("w" + std::to_string(i)).c_str(), 0700) == 0);
  at.reset();
  rlimit before{};
  BOOST_REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  const rlimit few{64, before.rlim_max};
  BOOST_REQUIRE(::setrlimit(RLIMIT_NOFILE, &few) == 0);
  file::remove_tree(dir / "deep");
  BOOST_TEST(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  BOOST_TEST(!file::fs::exists(dir / "deep"));
  BOOST_TEST(file::fs::exists("/etc"));
}

BOOST_AUTO_TEST_CASE(a_link_to_a_tree_is_removed_and_the_tree_stays) {
  const TemporaryDirectory dir;
  file::make_directories(dir / "kept/inside");
  BOOST_REQUIRE(::symlink((dir / "kept").c_str(), (dir / "link").c_str()) == 0);
  file::remove_tree(dir / "link");
  BOOST_TEST(!file::fs::exists(file::fs::symlink_status(dir / "link")));
  BOOST_TEST(file::fs::exists(dir / "kept/inside"));
  file::remove_tree(dir / "nothing/here");
}
