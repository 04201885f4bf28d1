#include "core/pluginhost/plugin_files.hpp"

#include <boost/test/unit_test.hpp>

#include "core/base/file.hpp"
#include "core/pluginhost/plugin_kinds.hpp"
#include "tests/unit/temporary_directory.hpp"

namespace gantry::pluginhost {

BOOST_AUTO_TEST_SUITE(plugin_files_of_directories)

BOOST_AUTO_TEST_CASE(the_first_directory_wins_and_both_spellings_are_found) {
  const test::TemporaryDirectory directory;
  for (const char* name : {"a", "b"}) file::make_directories(directory / name);
  file::write_atomic(directory / "a/libx.so", "");
  file::write_atomic(directory / "b/x.so", "");
  file::write_atomic(directory / "b/y.so", "");
  const std::vector<std::filesystem::path> both = {directory / "a", directory / "b"};
  BOOST_TEST(find_plugin_file(both, "x").value() == directory / "a/libx.so");
  BOOST_TEST(find_plugin_file(both, "y").value() == directory / "b/y.so");
  BOOST_TEST(!find_plugin_file(both, "z"));
  BOOST_TEST(!find_plugin_file(both, "../a/libx"));
  BOOST_TEST(!find_plugin_file(both, ""));
}

BOOST_AUTO_TEST_CASE(a_directory_given_twice_or_missing_changes_nothing) {
  const test::TemporaryDirectory directory;
  file::write_atomic(directory / "b.so", "");
  file::write_atomic(directory / "a.so", "");
  file::write_atomic(directory / "readme.txt", "");
  const auto files = plugin_files({directory.path(), "/nonexistent", directory.path() / "."});
  BOOST_TEST(files.size() == 2u);
  BOOST_TEST(files.at(0).filename() == "a.so");
}

BOOST_AUTO_TEST_CASE(a_driver_is_named_without_the_prefix_of_its_kind) {
  BOOST_TEST(driver_name("volume-local", volume_kind()) == "local");
  BOOST_TEST(driver_name("nfs4", volume_kind()) == "nfs4");
  BOOST_TEST(driver_name("volume-", volume_kind()) == "volume-");
  BOOST_TEST(driver_name("log-syslog", logging_kind()) == "syslog");
  BOOST_TEST(driver_name("log-x", volume_kind()) == "log-x");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gantry::pluginhost
