#include <csignal>

#include "core/base/file.hpp"
#include "core/services/containers/container_kill.hpp"
#include "core/services/containers/container_pause.hpp"
#include "core/services/containers/container_rename.hpp"
#include "core/services/containers/container_stop.hpp"
#include "tests/unit/services/container_engine.hpp"

using namespace gantry;
using domain::Status;
using test::error_of;
using Names = std::vector<std::string>;

BOOST_FIXTURE_TEST_SUITE(container_lifecycle, test::ContainerEngine)

BOOST_AUTO_TEST_CASE(a_container_runs_to_its_end_and_keeps_its_exit_code) {
  const std::string id = make(R"(["exit","7"])", "seven");
  BOOST_TEST((record(id).state.status == Status::created));
  BOOST_TEST(run_to_end(id) == 7);
  const auto ended = record("seven");
  BOOST_TEST((ended.state.status == Status::exited));
  BOOST_TEST(ended.state.exit_code == 7);
  BOOST_TEST(ended.state.pid == 0);
  BOOST_TEST(ended.state.finished_at >= ended.state.started_at);
  BOOST_TEST(ended.sandbox_id.empty());
  BOOST_TEST(actions() == (Names{"create", "connect", "start", "die", "disconnect"}),
             boost::test_tools::per_element());
  BOOST_TEST(runtime().list().empty());
}

BOOST_AUTO_TEST_CASE(image_defaults_are_merged_under_the_request) {
  const auto made = record(create(R"({"Env":["OWN=1"],"Labels":{"own":"1"}})"));
  BOOST_TEST(made.path == "sleep");
  BOOST_TEST(made.config.env == (Names{"OWN=1", "FROM=image"}), boost::test_tools::per_element());
  BOOST_TEST(made.config.labels.at("from") == "image");
  BOOST_TEST(made.config.hostname == made.id.substr(0, 12));
  BOOST_TEST(domain::check_container_name(made.name) == made.name);
}

BOOST_AUTO_TEST_CASE(a_second_start_changes_nothing) {
  const std::string id = make(R"(["sleep"])");
  BOOST_TEST(services().start().run(id));
  BOOST_TEST(!services().start().run(id));
  const auto running = record(id);
  BOOST_TEST(running.state.pid > 0);
  BOOST_TEST(!running.endpoints.at("bridge").ip_address.empty());
}

BOOST_AUTO_TEST_CASE(names_are_unique_also_against_a_create_under_way) {
  const std::string id = make(R"(["sleep"])", "web");
  const Error taken = error_of([&] { make(R"(["sleep"])", "/web"); });
  BOOST_TEST((taken.code() == Errc::conflict));
  BOOST_TEST(
      std::string(taken.what()) ==
      "Conflict. The container name \"/web\" is already in use by container \"" + id +
          "\". You have to remove (or rename) that container to be able to reuse that name.");
  {
    const auto reservation = store().reserve_name("soon", std::string(64, 'c'));
    BOOST_TEST((error_of([&] { make(R"(["sleep"])", "soon"); }).code() == Errc::conflict));
  }
  make(R"(["sleep"])", "soon");
}

BOOST_AUTO_TEST_CASE(a_missing_image_is_not_found_and_leaves_no_name_behind) {
  const auto body = json::Document::parse(R"({"Image":"nowhere"})");
  auto request = domain::parse_create_request(body.root(), 51, services().create().defaults());
  const Error missing = error_of([&] { services().create().run(request, "n1", {}); });
  BOOST_TEST((missing.code() == Errc::not_found));
  BOOST_TEST(std::string(missing.what()) == "No such image: nowhere:latest");
  BOOST_TEST(!store().name_taken("n1"));
}

BOOST_AUTO_TEST_CASE(the_size_of_a_root_goes_to_a_runtime_that_limits_it) {
  const std::string body = R"({"HostConfig":{"StorageOpt":{"size":"1.5m"}}})";
  BOOST_TEST((error_of([&] { create(body); }).code() == Errc::unsupported));
  settings().root_size = true;
  create(R"({"HostConfig":{"StorageOpt":{"size":"0"}}})");
  const std::string id = create(body);
  const auto info = json::Document::parse(runtime().info());
  BOOST_TEST(info.root()["fake"]["calls"].strings().back() == R"(rootfs_create {"size":1572864})");
  BOOST_TEST(record(id).host_config.document().root()["StorageOpt"].raw() == R"({"size":"1.5m"})");
  const Error unknown =
      error_of([&] { create(R"({"HostConfig":{"StorageOpt":{"inodes":"1"}}})"); });
  BOOST_TEST((unknown.code() == Errc::invalid));
  BOOST_TEST(unknown.what() == std::string("Unknown option inodes"));
}

BOOST_AUTO_TEST_CASE(what_is_not_supported_is_refused_by_name) {
  const auto refusal = [&](const std::string& host_config) {
    return error_of([&] { create(R"({"HostConfig":)" + host_config + "}"); });
  };
  BOOST_TEST((refusal(R"({"Init":true})").code() == Errc::unsupported));
  const Error isolation = refusal(R"({"Isolation":"hyperv"})");
  BOOST_TEST((isolation.code() == Errc::invalid));
  BOOST_TEST(std::string(isolation.what()).find("hyperv") != std::string::npos);
  BOOST_TEST((refusal(R"({"Binds":["/:/host"]})").code() == Errc::permission));
  const Error apparmor = refusal(R"({"SecurityOpt":["apparmor=mine"]})");
  BOOST_TEST((apparmor.code() == Errc::invalid));
  BOOST_TEST(apparmor.what() ==
             std::string("HostConfig.SecurityOpt: AppArmor profile \"mine\": this "
                         "host does not confine by AppArmor"));
}

BOOST_AUTO_TEST_CASE(a_command_that_is_missing_leaves_a_created_container_with_code_127) {
  const std::string id = make(R"(["nothere"])", "broken");
  const Error failed = error_of([&] { services().start().run(id); });
  BOOST_TEST((failed.code() == Errc::invalid));
  BOOST_TEST(std::string(failed.what()).find("executable file not found in $PATH") !=
             std::string::npos);
  const auto after = record(id);
  BOOST_TEST((after.state.status == Status::created));
  BOOST_TEST(after.state.exit_code == 127);
  BOOST_TEST(after.state.error == failed.what());
  BOOST_TEST(after.state.started_at == 0);
  BOOST_TEST(after.endpoints.at("bridge").ip_address.empty());
  BOOST_TEST(runtime().list().empty());
}

BOOST_AUTO_TEST_CASE(a_failed_start_gives_everything_back) {
  const std::string id = make(R"(["sleep"])", "failing",
                              R"("HostConfig":{"Annotations":{"gantry.fake.fail":"start"}})");
  const Error failed = error_of([&] { services().start().run(id); });
  BOOST_TEST((failed.code() == Errc::internal));
  BOOST_TEST(record(id).state.exit_code == 128);
  BOOST_TEST(record(id).sandbox_id.empty());
  BOOST_TEST(runtime().list().empty());
  size_t intents = 0;
  journal().each("container_start", [&](std::string, std::string) { ++intents; });
  BOOST_TEST(intents == 0u);
}

BOOST_AUTO_TEST_CASE(auto_remove_after_a_failed_start_answers_who_waits_for_the_removal) {
  const std::string id = make(R"(["nothere"])", {}, R"("HostConfig":{"AutoRemove":true})");
  auto wait = begin_wait(id, "removed");
  error_of([&] { services().start().run(id); });
  BOOST_TEST(finish(wait) == 127);
  BOOST_TEST(!store().find(id));
}

BOOST_AUTO_TEST_CASE(auto_remove_leaves_nothing_and_tells_the_code) {
  const std::string id = make(R"(["exit","3"])", {}, R"("HostConfig":{"AutoRemove":true})");
  auto wait = begin_wait(id, "removed");
  services().start().run(id);
  BOOST_TEST(finish(wait) == 3);
  BOOST_TEST(!store().find(id));
  BOOST_TEST(runtime().rootfs_list().empty());
  BOOST_TEST(!std::filesystem::exists(settings().directory(id)));
  const auto seen = actions();
  BOOST_TEST(seen == (Names{"create", "connect", "start", "die", "disconnect", "destroy"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(stop_asks_first_and_kills_who_does_not_listen) {
  const std::string polite = make(R"(["sleep"])"), deaf = make(R"(["deaf"])");
  services().start().run(polite);
  services().start().run(deaf);
  actions();
  BOOST_TEST(services().stop_container().run(polite, {}));
  BOOST_TEST(record(polite).state.exit_code == 128 + SIGTERM);
  BOOST_TEST(actions() == (Names{"kill", "die", "disconnect", "stop"}),
             boost::test_tools::per_element());
  BOOST_TEST(services().stop_container().run(deaf, {.timeout_seconds = 0, .signal = {}}));
  BOOST_TEST(record(deaf).state.exit_code == 128 + SIGKILL);
  BOOST_TEST(actions() == (Names{"kill", "kill", "die", "disconnect", "stop"}),
             boost::test_tools::per_element());
  BOOST_TEST(!services().stop_container().run(deaf, {}));
}

BOOST_AUTO_TEST_CASE(the_end_of_the_engine_is_no_reason_to_kill_who_may_still_take_its_time) {
  const std::string id = make(R"(["deaf"])");
  services().start().run(id);
  // Told before it waits, or while it waits: either way it gives up and sends no second signal.
  services().interrupt();
  const Error given_up = error_of(
      [&] { services().stop_container().run(id, {.timeout_seconds = 300, .signal = {}}); });
  BOOST_TEST((given_up.code() == Errc::unavailable));
  BOOST_TEST((record(id).state.status == Status::running));
  reboot();
  BOOST_TEST((record(id).state.status == Status::running));
  services().kill().run(id, "");
}

BOOST_AUTO_TEST_CASE(kill_checks_the_signal_and_the_state) {
  const std::string id = make(R"(["sleep"])", "k1");
  const Error idle = error_of([&] { services().kill().run("k1", "TERM"); });
  BOOST_TEST((idle.code() == Errc::conflict));
  BOOST_TEST(std::string(idle.what()) ==
             "cannot kill container: k1: container " + id + " is not running");
  services().start().run(id);
  const Error unknown = error_of([&] { services().kill().run("k1", "FOO"); });
  BOOST_TEST((unknown.code() == Errc::invalid));
  BOOST_TEST(std::string(unknown.what()) == "cannot kill container: k1: invalid signal: FOO");
  services().kill().run("k1", "");
  BOOST_TEST(record(id).state.exit_code == 137);
}

BOOST_AUTO_TEST_CASE(restart_comes_back_with_a_new_process) {
  const std::string id = make(R"(["sleep"])");
  services().start().run(id);
  const int first = record(id).state.pid;
  actions();
  services().restart().run(id, {});
  BOOST_TEST(record(id).state.pid != first);
  BOOST_TEST((record(id).state.status == Status::running));
  BOOST_TEST(
      actions() == (Names{"kill", "die", "disconnect", "stop", "connect", "start", "restart"}),
      boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(restart_keeps_a_container_that_would_be_removed_at_its_end) {
  const std::string id = make(R"(["sleep"])", {}, R"("HostConfig":{"AutoRemove":true})");
  services().start().run(id);
  services().restart().run(id, {});
  BOOST_TEST((record(id).state.status == Status::running));
  auto wait = begin_wait(id, "removed");
  services().stop_container().run(id, {});
  finish(wait);
  BOOST_TEST(!store().find(id));
}

BOOST_AUTO_TEST_CASE(a_restart_policy_counts_and_a_stop_ends_it) {
  const std::string id =
      make(R"(["exit","1"])", {},
           R"("HostConfig":{"RestartPolicy":{"Name":"on-failure","MaximumRetryCount":2}})");
  auto first = begin_wait(id);
  services().start().run(id);
  finish(first);
  for (;;) {  // 100 ms, then 200 ms, then it is over
    auto next = begin_wait(id);
    const auto now = record(id);
    if (now.state.status == Status::exited) break;
    finish(next);
  }
  BOOST_TEST(record(id).restart_count == 2);

  const std::string always =
      make(R"(["exit","0"])", {}, R"("HostConfig":{"RestartPolicy":{"Name":"always"}})");
  auto ended = begin_wait(always);
  services().start().run(always);
  finish(ended);
  BOOST_TEST(services().stop_container().run(always, {}));
  BOOST_TEST((record(always).state.status == Status::exited));
  BOOST_TEST(record(always).manually_stopped);
  BOOST_TEST(!record(always).state.restarting);
}

BOOST_AUTO_TEST_CASE(pause_and_what_it_forbids) {
  const std::string id = make(R"(["sleep"])");
  BOOST_TEST((error_of([&] { services().pause().pause(id); }).code() == Errc::conflict));
  BOOST_TEST((error_of([&] { services().pause().resume(id); }).code() == Errc::internal));
  services().start().run(id);
  services().pause().pause(id);
  BOOST_TEST((record(id).state.status == Status::paused));
  const Error started = error_of([&] { services().start().run(id); });
  BOOST_TEST(std::string(started.what()) == "cannot start a paused container, try unpause instead");
  BOOST_TEST(std::string(error_of([&] { services().remove().run(id, {}); }).what()) ==
             "cannot remove container \"/" + record(id).name +
                 "\": container is paused and must be unpaused first");
  services().pause().resume(id);
  BOOST_TEST((record(id).state.status == Status::running));
}

BOOST_AUTO_TEST_CASE(a_running_container_is_removed_only_by_force) {
  const std::string id = make(R"(["sleep"])", "r1");
  services().start().run(id);
  const Error refused = error_of([&] { services().remove().run("r1", {}); });
  BOOST_TEST((refused.code() == Errc::conflict));
  BOOST_TEST(std::string(refused.what()) ==
             "cannot remove container \"/r1\": container is running: stop the container before "
             "removing or force remove");
  services().remove().run("r1", {.force = true});
  BOOST_TEST(!store().find(id));
  BOOST_TEST(std::string(error_of([&] { services().remove().run("r1", {}); }).what()) ==
             "No such container: r1");
}

BOOST_AUTO_TEST_CASE(renaming_frees_the_old_name) {
  const std::string id = make(R"(["sleep"])", "old1");
  make(R"(["sleep"])", "other");
  BOOST_TEST((error_of([&] { services().rename().run("old1", ""); }).code() == Errc::invalid));
  BOOST_TEST(std::string(error_of([&] { services().rename().run("old1", "other"); }).what())
                 .starts_with("Error when allocating new name: Conflict. The container name "));
  services().rename().run("old1", "new1");
  BOOST_TEST(store().get("new1")->record.id == id);
  BOOST_TEST(!store().find("old1"));
  make(R"(["sleep"])", "old1");
}

BOOST_AUTO_TEST_SUITE_END()
