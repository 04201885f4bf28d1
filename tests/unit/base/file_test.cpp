#include "core/base/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

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
