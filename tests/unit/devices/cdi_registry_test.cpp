#include "core/devices/cdi_registry.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "tests/unit/temporary_directory.hpp"

using namespace gantry;
using namespace gantry::devices;
using Texts = std::vector<std::string>;

namespace {

struct Fixture {
  test::TemporaryDirectory directory;
  Texts directories = {directory / "static", directory / "run"};

  void write(const std::string& name, const std::string& text) const {
    const auto path = directory.path() / name;
    file::make_directories(path.parent_path());
    file::write_atomic(path, text);
  }
  /// Devices of v.com/c, each of which sets WHO to `who`; each file sets ALL.
  void write_spec(const std::string& name, const std::string& who, const Texts& devices,
                  const std::string& kind = "v.com/c") const {
    std::string list;
    for (const std::string& device : devices)
      list += std::string(list.empty() ? "" : ",") + R"({"name":")" + device +
              R"(","containerEdits":{"env":["WHO=)" + who + device + R"("]}})";
    write(name, R"({"cdiVersion":"0.6.0","kind":")" + kind + R"(","containerEdits":{"env":["ALL=)" +
                    who + R"("]},"devices":[)" + list + "]}");
  }
  CdiRegistry read() const { return CdiRegistry(directories); }
  Texts env(const Texts& names) const { return read().edits_of(names).env; }
  std::string fault_of(const Texts& names) const {
    try {
      read().edits_of(names);
    } catch (const Error& error) {
      BOOST_TEST((error.code() == Errc::internal));
      return error.what();
    }
    return "no fault";
  }
};

const std::string kUnresolvable = "CDI device injection failed: unresolvable CDI devices ";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(cdi_registry, Fixture)

BOOST_AUTO_TEST_CASE(directories_need_not_be_there) {
  BOOST_TEST(read().names().empty());
  BOOST_TEST(read().faults().empty());
  BOOST_TEST(fault_of({"v.com/c=a", "v.com/c=b"}) == kUnresolvable + "v.com/c=a, v.com/c=b");
}

BOOST_AUTO_TEST_CASE(what_goes_with_all_devices_of_a_file_comes_once_and_first) {
  write_spec("static/v.json", "s", {"a", "b"});
  write_spec("static/w.json", "w", {"x"}, "w.com/c");
  BOOST_TEST(env({"v.com/c=b", "w.com/c=x", "v.com/c=a", "v.com/c=b"}) ==
                 (Texts{"ALL=s", "WHO=sb", "ALL=w", "WHO=wx", "WHO=sa"}),
             boost::test_tools::per_element());
  BOOST_TEST(read().count("v.com/c") == 2u);
  BOOST_TEST(read().count("u.com/c") == 0u);
}

BOOST_AUTO_TEST_CASE(a_later_directory_wins_device_by_device) {
  write_spec("static/v.json", "s", {"a", "b"});
  write_spec("run/v.json", "r", {"b"});
  BOOST_TEST(env({"v.com/c=a", "v.com/c=b"}) == (Texts{"ALL=s", "WHO=sa", "ALL=r", "WHO=rb"}),
             boost::test_tools::per_element());
  BOOST_TEST(read().faults().empty());
}

BOOST_AUTO_TEST_CASE(two_files_of_one_directory_at_odds_lose_the_device_and_no_other) {
  write_spec("static/first.json", "1", {"a", "b"});
  write_spec("static/second.json", "2", {"a", "c"});
  BOOST_TEST(read().names() == (Texts{"v.com/c=b", "v.com/c=c"}), boost::test_tools::per_element());
  const std::string fault = fault_of({"v.com/c=a"});
  BOOST_TEST(fault.starts_with(kUnresolvable + "v.com/c=a: "), fault);
  BOOST_TEST(fault.find("second.json: conflicting device \"v.com/c=a\", also in ") !=
             std::string::npos);
  write_spec("run/v.json", "r", {"a"});
  BOOST_TEST(env({"v.com/c=a"}).at(1) == "WHO=ra");
}

BOOST_AUTO_TEST_CASE(
    a_broken_file_keeps_no_other_from_being_used_and_is_named_where_it_may_matter) {
  write_spec("static/good.json", "g", {"a"});
  write("static/broken.json", "{");
  write("static/other.yaml", "kind: u.com/c\ncdiVersion: 7\n");
  BOOST_TEST(env({"v.com/c=a"}).size() == 2u);
  BOOST_TEST(read().faults().size() == 2u);
  const std::string fault = fault_of({"v.com/c=z"});
  BOOST_TEST(fault.find("broken.json: invalid JSON: ") != std::string::npos, fault);
  BOOST_TEST(fault.find("other.yaml") == std::string::npos, fault);
  BOOST_TEST(fault_of({"u.com/c=z"}).find("other.yaml: cdiVersion: ") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(only_files_with_the_names_of_specifications_are_read) {
  write_spec("static/v.json", "s", {"a"});
  write("static/README", "{");
  write("static/v.json.bak", "{");
  file::make_directories(directory / "static/sub.json");
  BOOST_TEST(read().faults().empty());
  BOOST_REQUIRE(::mkfifo((directory / "static/pipe.json").c_str(), 0600) == 0);
  BOOST_TEST(read().faults().at(0).what == "is no file");  // and nobody waits for a writer
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_looked_at_hides_no_other) {
  write_spec("static/v.json", "s", {"a"});
  const auto link = [&](const std::string& to, const std::string& name) {
    std::filesystem::create_symlink(to, directory.path() / "static" / name);
  };
  link("loop.json", "loop.json");
  link("nobody", "dangling.yaml");
  link("v.json/x", "through.json");
  link(".", "directory.json");
  const CdiRegistry registry = read();
  BOOST_TEST(registry.names() == Texts{"v.com/c=a"}, boost::test_tools::per_element());
  const auto& faults = registry.faults();
  BOOST_REQUIRE(faults.size() == 3u);
  BOOST_TEST(faults[0].what == "No such file or directory");
  BOOST_TEST(faults[1].what == "Too many levels of symbolic links");
  BOOST_TEST(faults[2].what == "Not a directory");
}

BOOST_AUTO_TEST_CASE(files_are_read_within_bounds) {
  const std::string filler((1u << 20) - 100, ' ');
  write("static/0.json", filler + std::string(101, ' '));
  BOOST_TEST(read().faults().at(0).what == "is larger than 1048576 bytes");
  for (char name = '1'; name <= '9'; ++name)
    write("static/" + std::string(1, name) + ".json", filler);
  write_spec("static/a.json", "s", {"a"});
  write_spec("run/v.json", "r", {"b"});
  const CdiRegistry registry = read();
  BOOST_TEST(registry.names() == Texts{"v.com/c=b"}, boost::test_tools::per_element());
  BOOST_TEST(registry.faults().back().file == directories[0]);
  BOOST_TEST(registry.faults().back().what ==
             "too many or too large files: not read from " + directories[0] + "/a.json on");
}

BOOST_AUTO_TEST_CASE(not_more_than_a_thousand_files_are_read) {
  for (int i = 0; i < 1001; ++i) write("static/" + std::to_string(1000 + i) + ".json", "{");
  const CdiRegistry registry = read();
  BOOST_TEST(registry.faults().size() == 1001u);
  BOOST_TEST(registry.faults().back().what.ends_with("2000.json on"));
  const std::string told = fault_of({"v.com/c=a"});
  BOOST_TEST(told.ends_with("; and 998 more"), told);
  BOOST_TEST(std::ranges::count(told, ';') == 3);
}

BOOST_AUTO_TEST_CASE(faults_are_short_whatever_is_in_the_file) {
  const std::string much(100000, 'x');
  write("static/kind.json", R"({"cdiVersion":"1.0.0","kind":")" + much + "\"}");
  write("static/member.json", "{\"" + much + "\":1}");
  write("static/version.yaml", "kind: v.com/c\ncdiVersion: " + much + "\n");
  const auto faults = read().faults();
  BOOST_REQUIRE(faults.size() == 3u);
  for (const SpecFault& fault : faults) BOOST_TEST(fault.what.size() < 260u, fault.what);
  BOOST_TEST(faults[0].what.ends_with("…\" is no vendor and class of devices"));
  BOOST_TEST(faults[1].what.ends_with("x…"));
}

BOOST_AUTO_TEST_CASE(files_with_many_devices_in_common_are_one_fault) {
  write_spec("static/first.json", "1", {"a", "b", "c"});
  write_spec("static/second.json", "2", {"a", "b", "c"});
  BOOST_REQUIRE(read().faults().size() == 1u);
  BOOST_TEST(read().faults()[0].what.ends_with("first.json, and 2 more"));
}

BOOST_AUTO_TEST_CASE(a_file_in_the_place_of_a_directory_is_told) {
  write("run", "");
  BOOST_TEST(read().faults().at(0).file == directories[1]);
}

BOOST_AUTO_TEST_SUITE_END()
