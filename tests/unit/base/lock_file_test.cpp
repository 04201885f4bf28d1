#include "core/base/lock_file.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "tests/unit/temporary_directory.hpp"

using gantry::LockFile;

BOOST_AUTO_TEST_CASE(a_lock_is_held_by_one_and_names_its_owner) {
  const gantry::test::TemporaryDirectory directory;
  const auto path = directory / "lock";
  auto first = LockFile::try_lock(path);
  BOOST_REQUIRE(first.has_value());
  BOOST_TEST(LockFile::owner(path) == ::getpid());
  BOOST_TEST(!LockFile::try_lock(path).has_value());
  BOOST_TEST(LockFile::owner(path) == ::getpid());  // the loser left the owner's mark alone
  first.reset();
  BOOST_TEST(LockFile::try_lock(path).has_value());
}

BOOST_AUTO_TEST_CASE(a_file_without_a_number_has_no_known_owner) {
  const gantry::test::TemporaryDirectory directory;
  BOOST_TEST(LockFile::owner(directory / "nothing") == 0);
}
