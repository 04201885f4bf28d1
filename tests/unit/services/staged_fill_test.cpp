#include "core/services/volumes/staged_fill.hpp"

#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <set>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "tests/unit/temporary_directory.hpp"

using namespace gantry;
using namespace gantry::services;
using gantry::test::TemporaryDirectory;
namespace fs = std::filesystem;

namespace {

struct Fixture {
  TemporaryDirectory directory;
  const std::string staging = ".gantry-0123456789ab";
  const fs::path part = directory.path() / (staging + ".part"), whole = directory.path() / staging;

  std::set<std::string> names() const {
    std::set<std::string> found;
    for (const auto& entry : fs::directory_iterator(directory.path()))
      found.insert(entry.path().filename());
    return found;
  }
  static void write(const fs::path& path, const std::string& text) {
    file::write_atomic(path, text, 0644);
  }
  std::string read(const std::string& name) const { return file::read(directory.path() / name); }
};

using Names = std::set<std::string>;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(staged_fill, Fixture)

BOOST_AUTO_TEST_CASE(content_and_attributes_arrive_and_nothing_else) {
  BOOST_TEST(is_empty_directory(directory.path()));
  fill_staged(directory.path(), staging, [&](const std::string& path) {
    BOOST_TEST(path == part.string());
    write(fs::path(path) / "a", "1");
    fs::create_directory(fs::path(path) / "sub");
    write(fs::path(path) / "sub/b", "2");
    BOOST_TEST_REQUIRE(::chmod(path.c_str(), 01770) == 0);
  });
  BOOST_TEST((names() == Names{"a", "sub"}));
  BOOST_TEST(read("sub/b") == "2");
  struct stat status {};
  BOOST_TEST_REQUIRE(::stat(directory.path().c_str(), &status) == 0);
  BOOST_TEST((status.st_mode & 07777) == 01770u);
  BOOST_TEST(!is_empty_directory(directory.path()));
}

BOOST_AUTO_TEST_CASE(a_failed_fill_leaves_the_directory_empty) {
  const auto fails = [&](const std::string& path) {
    write(fs::path(path) / "a", "1");
    throw Error(Errc::exhausted, "no room");
  };
  BOOST_CHECK_THROW(fill_staged(directory.path(), staging, fails), Error);
  BOOST_TEST(is_empty_directory(directory.path()));
}

BOOST_AUTO_TEST_CASE(after_a_crash_an_incomplete_copy_is_thrown_away) {
  fs::create_directory(part);
  write(part / "half", "ha");
  finish_staged(directory.path(), staging);
  BOOST_TEST(is_empty_directory(directory.path()));
}

BOOST_AUTO_TEST_CASE(after_a_crash_a_complete_copy_is_moved_up_to_its_end) {
  fs::create_directory(whole);
  write(directory.path() / "first", "moved before the crash");
  write(whole / "second", "2");
  finish_staged(directory.path(), staging);
  BOOST_TEST((names() == Names{"first", "second"}));
  finish_staged(directory.path(), staging);  // nothing left to do
  BOOST_TEST((names() == Names{"first", "second"}));
}

BOOST_AUTO_TEST_CASE(what_somebody_else_wrote_meanwhile_stays) {
  fill_staged(directory.path(), staging, [&](const std::string& path) {
    write(fs::path(path) / "a", "image");
    write(fs::path(path) / "b", "image");
    write(directory.path() / "a", "theirs");
  });
  BOOST_TEST(read("a") == "theirs");
  BOOST_TEST(read("b") == "image");
}

BOOST_AUTO_TEST_CASE(a_link_in_place_of_the_copy_is_not_followed) {
  TemporaryDirectory elsewhere;
  write(elsewhere.path() / "precious", "1");
  fs::create_symlink(elsewhere.path(), part);
  fs::create_symlink(elsewhere.path(), whole);
  finish_staged(directory.path(), staging);
  BOOST_TEST(file::read(elsewhere.path() / "precious") == "1");
}

BOOST_AUTO_TEST_SUITE_END()
