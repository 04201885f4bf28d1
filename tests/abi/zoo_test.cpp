// Every animal of the zoo gives its one named error, and the host goes on.
#include <fcntl.h>
#include <sys/stat.h>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <future>

#include "core/base/error.hpp"
#include "core/base/unique_fd.hpp"
#include "core/pluginhost/plugin_host.hpp"
#include "tests/unit/build_tree.hpp"
#include "tests/unit/temporary_directory.hpp"

namespace gantry::pluginhost {

namespace {

std::string zoo_directory() { return test::in_build_tree("lib/gantry/test-plugins/zoo"); }

namespace fs = std::filesystem;

struct Animal {
  const char* id;
  const char* error;
};

constexpr Animal kAnimals[] = {
    {"no-symbol", "is not a Gantry plugin: it has no symbol gantry_plugin_entry"},
    {"crooked-entry", "is not a Gantry plugin: the symbol gantry_plugin_entry is something else"},
    {"wrong-major", "abi major 9 is not supported (this host has 1)"},
    {"short-entry", "entry is too short: 32 bytes, 40 are required"},
    {"null-entry", "entry misses the function \"describe\""},
    {"no-count", "count() gave 0, must be 1 to 64"},
    {"null-describe", "describe(0) gave NULL"},
    {"bad-id", "describe(0).id \"../bad-id\" is invalid: only a-z, 0-9 and - are allowed"},
    {"twin-id", "describes the id \"twin-id\" twice"},
    {"wrong-kind", "is of kind gantry.network/1, not gantry.volume/1"},
    {"unknown-kind", "is of kind gantry.volume/2, not gantry.volume/1"},
    {"no-table", "create gave no table"},
    {"short-table", "table of gantry.volume/1 is too short: 56 bytes, 72 are required"},
    {"null-function", "table of gantry.volume/1 misses the function \"mount\""},
    {"failing-create", "create failed: the server is not there"},
    {"silent-create", "create failed with status 11 and no message"},
    {"throwing-create", "create threw: out of cheese"},
};

struct Fixture {
  test::TemporaryDirectory directory;
  std::atomic<int> events{0};

  HostOptions options() {
    HostOptions options;
    options.directories = {zoo_directory(), test::test_plugins()};
    options.state_dir = directory / "state";
    options.run_dir = directory / "run";
    options.on_event = [this](PluginEvent event) {
      BOOST_TEST(event.exit_code == 5);
      ++events;
    };
    return options;
  }
  std::string error_of(const std::string& id) {
    PluginHost host(options());
    host.load_volumes({id});
    BOOST_TEST(host.volumes().empty());
    BOOST_REQUIRE(host.reports().size() == 1u);
    BOOST_TEST(host.reports()[0].id == id);
    return host.reports()[0].error;
  }
};

std::string message_of(const std::function<void()>& call, Errc code) {
  try {
    call();
  } catch (const Error& e) {
    BOOST_TEST((e.code() == code));
    return e.what();
  }
  return "no error";
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(zoo, Fixture)

BOOST_AUTO_TEST_CASE(each_animal_gives_its_one_named_error) {
  for (const Animal& animal : kAnimals) BOOST_TEST(error_of(animal.id) == animal.error);
  // What the bytes of a function say as a size is up to the compiler.
  BOOST_TEST(error_of("huge-entry").starts_with("entry has an impossible size: "));
}

BOOST_AUTO_TEST_CASE(a_plugin_of_a_later_minor_version_works) {
  PluginHost host(options());
  host.load_volumes({"newer-minor"});
  BOOST_TEST(host.reports().at(0).error == "");
  BOOST_TEST(host.get_volume("newer-minor").scope() == "local");
}

BOOST_AUTO_TEST_CASE(a_missing_or_unloadable_library_is_named) {
  BOOST_TEST(error_of("not-there").starts_with("is not found in " + zoo_directory()));
  fs::create_directories(directory / "broken");
  fs::copy_file("/proc/self/status", directory / "broken/broken.so");
  HostOptions with_broken = options();
  with_broken.directories = {directory / "broken"};
  PluginHost host(std::move(with_broken));
  host.load_volumes({"broken"});
  BOOST_TEST(host.reports().at(0).error.starts_with("cannot be loaded: "));
  BOOST_TEST(host.reports().at(0).error.find("broken.so") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_id_or_driver_name_is_taken_once) {
  fs::create_directories(directory / "copies");
  fs::copy_file(zoo_directory() + "/newer-minor.so", directory / "copies/volume-newer-minor.so");
  HostOptions with_copies = options();
  with_copies.directories.push_back(directory / "copies");
  PluginHost host(std::move(with_copies));
  host.load_volumes({"newer-minor", "newer-minor", "volume-newer-minor"});
  BOOST_TEST(host.volumes().size() == 1u);
  BOOST_TEST(host.reports().at(1).error ==
             "the volume driver name \"newer-minor\" is already in use");
  BOOST_TEST(host.reports().at(2).error ==
             "the volume driver name \"newer-minor\" is already in use");
}

BOOST_AUTO_TEST_CASE(a_library_under_a_wrong_name_says_what_it_carries) {
  fs::create_directories(directory / "renamed");
  fs::copy_file(zoo_directory() + "/newer-minor.so", directory / "renamed/other.so");
  HostOptions with_renamed = options();
  with_renamed.directories = {directory / "renamed"};
  PluginHost host(std::move(with_renamed));
  host.load_volumes({"other", "newer-minor"});
  BOOST_TEST(host.reports().at(0).error.ends_with("which carries \"newer-minor\""));
  BOOST_TEST(host.reports().at(1).error == "");
}

BOOST_AUTO_TEST_CASE(a_log_driver_that_is_none_is_named_and_not_offered) {
  HostOptions with_logs = options();
  with_logs.log_plugins = {"newer-minor", "wrong-kind", "not-there", "log-greedy"};
  PluginHost host(std::move(with_logs));
  host.load_volumes({"newer-minor"});
  BOOST_TEST(host.usable_log_drivers() == (std::vector<std::string>{"wrong-kind", "greedy"}));
  BOOST_TEST(message_of([&] { host.get_log_driver("newer-minor"); }, Errc::unavailable) ==
             "plugin \"newer-minor\": is of kind gantry.volume/1, not gantry.logging/1");
  BOOST_TEST(message_of([&] { host.get_log_driver("wrong-kind"); }, Errc::unavailable) ==
             "plugin \"wrong-kind\": is of kind gantry.network/1, not gantry.logging/1");
  BOOST_TEST(host.usable_log_drivers() == (std::vector<std::string>{"greedy"}));
}

BOOST_AUTO_TEST_CASE(a_log_driver_that_does_not_come_up_keeps_nobody_else_waiting) {
  const std::string gate = directory / "gate";
  BOOST_REQUIRE(::mkfifo(gate.c_str(), 0600) == 0);
  BOOST_REQUIRE(::setenv("ZOO_GATE", gate.c_str(), 1) == 0);
  HostOptions with_logs = options();
  with_logs.log_plugins = {"log-waiting-create", "log-greedy"};
  PluginHost host(std::move(with_logs));
  auto slow = std::async(std::launch::async, [&] { host.get_log_driver("waiting-create"); });
  UniqueFd opened(::open(gate.c_str(), O_WRONLY | O_CLOEXEC));  // once it is in its create()
  auto others = std::async(std::launch::async, [&] {
    host.get_log_driver("greedy");
    return host.usable_log_drivers().size() + host.reports().size();
  });
  const bool in_time = others.wait_for(std::chrono::seconds(20)) == std::future_status::ready;
  opened.reset();
  BOOST_TEST(in_time);
  BOOST_TEST(others.get() == 3u);
  slow.get();
  BOOST_TEST(host.reports().size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_runtime_that_is_none_refuses_the_start_by_name) {
  PluginHost host(options());
  BOOST_TEST(message_of([&] { host.load_runtime("wrong-kind"); }, Errc::unavailable) ==
             "plugin \"wrong-kind\": is of kind gantry.network/1, not gantry.runtime/1");
  BOOST_TEST(message_of([&] { host.load_name_service("short-entry"); }, Errc::unavailable) ==
             "plugin \"short-entry\": entry is too short: 32 bytes, 40 are required");
}

BOOST_AUTO_TEST_CASE(exceptions_that_leave_a_call_become_errors) {
  PluginHost host(options());
  host.load_volumes({"throwing-call"});
  Volume& volume = host.get_volume("throwing-call");
  BOOST_TEST(message_of([&] { volume.mount("v", "u"); }, Errc::internal) ==
             "plugin \"throwing-call\" threw in mount: no mount today");
  BOOST_TEST(message_of([&] { volume.list(); }, Errc::internal) ==
             "plugin \"throwing-call\" threw in list: an unknown exception");
  BOOST_TEST(volume.scope() == "local");
}

BOOST_AUTO_TEST_CASE(results_that_make_no_sense_are_the_plugins_fault) {
  PluginHost host(options());
  host.load_volumes({"nonsense-result"});
  Volume& volume = host.get_volume("nonsense-result");
  BOOST_TEST(message_of([&] { volume.find("v"); }, Errc::internal)
                 .starts_with("plugin \"nonsense-result\": bad result of get: "));
  BOOST_TEST(message_of([&] { volume.list(); }, Errc::internal)
                 .starts_with("plugin \"nonsense-result\": bad result of list: "));
  BOOST_TEST(message_of([&] { volume.mount("v", "u"); }, Errc::internal) ==
             "plugin \"nonsense-result\": mount gave \"etc\", not an absolute path");
  BOOST_TEST(message_of([&] { volume.remove("v"); }, Errc::internal) == std::string(499, 'x'));
  BOOST_TEST(message_of([&] { volume.create("v", {}); }, Errc::conflict) ==
             "plugin \"nonsense-result\": create failed with status 3 and no message");
  BOOST_TEST(message_of([&] { volume.path("v"); }, Errc::internal) ==
             "plugin result is larger than 67108864 bytes");
}

BOOST_AUTO_TEST_CASE(an_event_storm_ends_at_the_gate_and_the_one_true_exit_passes) {
  PluginHost host(options());
  Runtime& runtime = host.load_runtime("event-storm");
  runtime.list();
  runtime.create(std::string(64, 'a'), "{}", {});
  runtime.info();
  BOOST_TEST(events == 1);
}

BOOST_AUTO_TEST_CASE(after_all_of_them_a_good_plugin_loads) {
  PluginHost host(options());
  std::vector<std::string> ids;
  for (const Animal& animal : kAnimals) ids.emplace_back(animal.id);
  host.load_volumes(ids);
  BOOST_TEST(host.volumes().empty());
  BOOST_TEST(host.load_runtime("runtime-fake").list().empty());
}

BOOST_AUTO_TEST_CASE(a_scan_reports_every_library_once) {
  const auto reports = PluginHost::scan({zoo_directory()});
  const auto error_in_scan = [&](const std::string& id) {
    for (const auto& report : reports)
      if (report.id == id) return report.error;
    return std::string("not reported");
  };
  BOOST_TEST(error_in_scan("wrong-major") == "abi major 9 is not supported (this host has 1)");
  BOOST_TEST(error_in_scan("newer-minor") == "");
  BOOST_TEST(error_in_scan("throwing-create") == "");  // a scan creates nothing
}

BOOST_AUTO_TEST_CASE(an_id_in_two_directories_is_reported_with_the_one_that_wins) {
  fs::create_directories(directory / "copies");
  fs::copy_file(zoo_directory() + "/newer-minor.so", directory / "copies/newer-minor.so");
  const auto reports = PluginHost::scan({directory / "copies", zoo_directory()});
  int found = 0;
  for (const auto& report : reports)
    if (report.id == "newer-minor" && ++found == 2)
      BOOST_TEST(report.error == "the id \"newer-minor\" is already in use by " +
                                     (directory / "copies/newer-minor.so").string());
  BOOST_TEST(found == 2);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gantry::pluginhost
