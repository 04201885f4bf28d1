#include <csignal>

#include "core/base/file.hpp"
#include "core/services/containers/container_kill.hpp"
#include "core/services/containers/container_stop.hpp"
#include "tests/unit/build_tree.hpp"
#include "tests/unit/services/container_engine.hpp"

using namespace gantry;
using domain::Status;

namespace {

constexpr const char* kAlways = R"("HostConfig":{"RestartPolicy":{"Name":"always"}})";

struct RestoreFixture : test::ContainerEngine {
  /// Waits until a background start or removal brought the container into `status` (nullopt: gone).
  void expect(const std::string& id, std::optional<Status> status) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    for (;;) {
      const auto seen = store().find_id(id);
      if (!seen && !status) return;
      if (seen && status && seen->record.state.status == *status) return;
      BOOST_REQUIRE(std::chrono::steady_clock::now() < deadline);
      std::this_thread::yield();
    }
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(restore, RestoreFixture)

BOOST_AUTO_TEST_CASE(what_runs_is_adopted_and_its_end_is_noticed) {
  const std::string id = make(R"(["sleep"])", "on");
  services().start().run(id);
  const int pid = record(id).state.pid;
  const std::string address = record(id).endpoints.at("bridge").ip_address;
  reboot();
  BOOST_TEST((record("on").state.status == Status::running));
  BOOST_TEST(record("on").state.pid == pid);
  BOOST_TEST(record("on").endpoints.at("bridge").ip_address == address);
  auto wait = begin_wait(id);
  services().kill().run(id, "KILL");
  BOOST_TEST(finish(wait) == 137);
}

BOOST_AUTO_TEST_CASE(what_ended_meanwhile_has_its_code_and_its_event) {
  const std::string id = make(R"(["sleep"])", "gone");
  services().start().run(id);
  shutdown();
  {
    // The supervisor lives without the daemon; another host ends its process.
    pluginhost::HostOptions options;
    options.directories = {test::test_plugins()};
    options.state_dir = directory / "state";
    options.run_dir = directory / "run";
    options.on_event = [](pluginhost::PluginEvent) {};
    pluginhost::PluginHost host(options);
    auto& other = host.load_runtime("runtime-fake");
    other.signal(id, SIGTERM);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (other.find_state(id)->status != pluginhost::RunStatus::exited) {
      BOOST_REQUIRE(std::chrono::steady_clock::now() < deadline);
      std::this_thread::yield();
    }
  }
  boot();
  const auto ended = record(id);
  BOOST_TEST((ended.state.status == Status::exited));
  BOOST_TEST(ended.state.exit_code == 128 + SIGTERM);
  BOOST_TEST(ended.state.finished_at > 0);
  const auto seen = actions();
  BOOST_TEST((std::find(seen.begin(), seen.end(), "die") != seen.end()));
  BOOST_TEST(runtime().list().empty());
}

BOOST_AUTO_TEST_CASE(an_empty_database_ends_no_container_and_loses_no_files) {
  const std::string runs = make(R"(["sleep"])", "on"), ended = make(R"(["sleep"])", "off");
  services().start().run(runs);
  shutdown();
  const auto copy = directory / "copy";
  std::filesystem::create_directory(copy);
  for (const char* name : {"state.db", "state.db-wal"}) {
    std::filesystem::copy(directory / name, copy / name);
    std::filesystem::resize_file(directory / name, 0);
  }
  for (int attempt = 0; attempt < 2; ++attempt) {
    BOOST_CHECK_EXCEPTION(boot(), Error, [](const Error& error) {
      return std::string(error.what()).find("put it back from a copy") != std::string::npos;
    });
    shutdown();
  }
  for (const char* name : {"state.db", "state.db-wal"})
    std::filesystem::copy(copy / name, directory / name,
                          std::filesystem::copy_options::overwrite_existing);
  boot();
  BOOST_TEST((record("on").state.status == Status::running));
  services().kill().run(runs, "KILL");
  expect(runs, Status::exited);
  shutdown();

  // With nothing running it goes on without them.
  for (const char* name : {"state.db", "state.db-wal"})
    std::filesystem::resize_file(directory / name, 0);
  boot();
  BOOST_TEST(store().count() == 0u);
  for (const std::string& id : {runs, ended})
    BOOST_TEST(std::filesystem::exists(settings().directory(id)));
}

BOOST_AUTO_TEST_CASE(policies_start_containers_again_unless_they_never_ran) {
  const std::string always = make(R"(["sleep"])", {}, kAlways);
  const std::string never = make(R"(["sleep"])", {}, kAlways);
  const std::string unless =
      make(R"(["sleep"])", {}, R"("HostConfig":{"RestartPolicy":{"Name":"unless-stopped"}})");
  for (const std::string& id : {always, unless}) {
    services().start().run(id);
    services().stop_container().run(id, {});
  }
  reboot();
  expect(always, Status::running);
  BOOST_TEST((record(never).state.status == Status::created));
  BOOST_TEST((record(unless).state.status == Status::exited));
}

BOOST_AUTO_TEST_CASE(a_guest_of_an_owner_that_several_may_be_keeps_nobody_from_starting) {
  const std::string guest = make(
      R"(["sleep"])", "guest",
      R"("HostConfig":{"NetworkMode":"container:f0f0f0f0f0","RestartPolicy":{"Name":"always"}})");
  put_twins("f0f0f0f0f0");
  const std::string always = make(R"(["sleep"])", {}, kAlways);
  for (const std::string& id : {guest, always}) {
    domain::ContainerRecord ran_once = record(id);
    ran_once.state.started_at = 1;
    store().put(std::move(ran_once));
  }
  reboot();
  expect(always, Status::running);
  expect(guest, Status::exited);
  BOOST_TEST(record(guest).state.error == "multiple IDs found with provided prefix: f0f0f0f0f0");
}

BOOST_AUTO_TEST_CASE(a_damaged_note_of_an_interrupted_copy_keeps_no_engine_from_starting) {
  journal().put("volume_fill", "data", R"({"user":)");
  make(R"(["sleep"])", "box");
  reboot();
  BOOST_TEST(store().count() == 1u);
  size_t notes = 0;
  journal().each("volume_fill", [&](std::string, std::string) { ++notes; });
  BOOST_TEST(notes == 1u);
}

BOOST_AUTO_TEST_CASE(a_create_that_was_interrupted_leaves_nothing) {
  const std::string id = make(R"(["sleep"])", "half");
  auto half = record(id);
  half.removing = true;
  store().write_intent(half);
  reboot();
  expect(id, std::nullopt);
  BOOST_TEST(runtime().rootfs_list().empty());
  BOOST_TEST(!std::filesystem::exists(settings().directory(id)));
}

BOOST_AUTO_TEST_CASE(a_container_with_an_unreadable_record_keeps_its_files_and_goes_on) {
  const std::string id = make(R"(["sleep"])", "odd");
  services().start().run(id);
  journal().put("container", id, R"({"id":3})");
  reboot();
  BOOST_TEST(!store().find_id(id));
  BOOST_TEST(runtime().list().size() == 1u);
  BOOST_TEST(std::filesystem::exists(settings().directory(id)));
}

BOOST_AUTO_TEST_CASE(a_start_that_was_interrupted_is_undone) {
  const std::string id = make(R"(["sleep"])", "half");
  // As a daemon that died between the runtime's start and the record.
  journal().put("container_start", id, "{}");
  runtime().create(id, R"({"process":{"args":["sleep"]}})", {});
  runtime().start(id);
  reboot();
  BOOST_TEST((record(id).state.status == Status::created));
  BOOST_TEST(runtime().list().empty());
  size_t intents = 0;
  journal().each("container_start", [&](std::string, std::string) { ++intents; });
  BOOST_TEST(intents == 0u);
  BOOST_TEST(services().start().run(id));
}

BOOST_AUTO_TEST_CASE(what_no_record_knows_is_removed) {
  const std::string stranger(64, 'f');
  runtime().rootfs_create(stranger, "");
  runtime().create(stranger, R"({"process":{"args":["sleep"]}})", {});
  runtime().start(stranger);
  reboot();
  BOOST_TEST(runtime().list().empty());
  BOOST_TEST(runtime().rootfs_list().empty());
}

BOOST_AUTO_TEST_CASE(two_hundred_stopped_containers_are_back_quickly) {
  for (int i = 0; i < 200; ++i) make(R"(["sleep"])");
  const auto begin = std::chrono::steady_clock::now();
  reboot();
  const auto took = std::chrono::steady_clock::now() - begin;
  BOOST_TEST(store().count() == 200u);
  BOOST_TEST_MESSAGE("reboot with 200 containers: "
                     << std::chrono::duration_cast<std::chrono::milliseconds>(took).count()
                     << " ms");
}

BOOST_AUTO_TEST_SUITE_END()
