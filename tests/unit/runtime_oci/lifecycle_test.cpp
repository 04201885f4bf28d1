// Real containers from create to remove: what they run, log, write and end with.
#include "lifecycle_fixture.hpp"

using namespace gantry::oci;

BOOST_FIXTURE_TEST_SUITE(lifecycle, LifecycleFixture)

BOOST_AUTO_TEST_CASE(a_container_runs_logs_ends_and_leaves_nothing) {
  run({"sh", "-c", "echo out; echo err >&2; exit 7"});
  BOOST_TEST(exit_code() == 7);
  BOOST_TEST(plugin.logged(id, 1) == "out\n");
  BOOST_TEST(plugin.logged(id, 2) == "err\n");
  const JsonDocument state = parse_object(plugin.state(id), "state");
  BOOST_TEST(text_of(state, "status") == "exited");
  BOOST_TEST(number_of(state, "exit_code") == 7);
  BOOST_TEST(number_of(state, "finished_at") >= number_of(state, "started_at"));
  plugin.remove(id);
  BOOST_TEST(left() == "");
  BOOST_TEST(failure([&] { plugin.state(id); }).code == GANTRY_NOT_FOUND);
  plugin.remove(id);  // unknown: success
}

BOOST_AUTO_TEST_CASE(the_spec_is_completed_for_this_host) {
  PluginHarness::Run run;
  run.args = {"sh", "-c", "cat /proc/self/status; ls -di /proc/self/ns/net; cat /proc/self/cgroup"};
  run.seccomp = "default";
  plugin.create(id, run, chain);
  plugin.start(id);
  BOOST_TEST(exit_code() == 0);
  const std::string out = plugin.logged(id);
  BOOST_TEST(out.find("Seccomp:\t2") != std::string::npos);
  BOOST_TEST(out.find("/gantry/" + id) != std::string::npos);
  // CAP_SYS_RESOURCE was asked for and may be missing here; the others are there.
  BOOST_TEST(out.find("CapEff:\t0000000000000000") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(signals_end_it_with_128_and_their_number) {
  run({"sleep", "1000"});
  BOOST_TEST(plugin.status(id) == "running");
  plugin.signal(id, SIGKILL);
  BOOST_TEST(exit_code() == 137);
  BOOST_TEST(failure([&] { plugin.signal(id, SIGTERM); }).code == GANTRY_CONFLICT);
}

BOOST_AUTO_TEST_CASE(a_missing_executable_is_said_in_the_runtimes_words) {
  PluginHarness::Run run;
  run.args = {"no-such-thing"};
  plugin.create(id, run, chain);
  const Failed failed = failure([&] { plugin.start(id); });
  BOOST_TEST(failed.code == GANTRY_NOT_FOUND);
  const std::string words = failed.what();  // begin with the runtime's name
  BOOST_TEST(words.substr(words.find(' ')) ==
             " create failed: unable to start container process: exec: \"no-such-thing\": "
             "executable file not found in $PATH");
  BOOST_TEST(plugin.status(id) == "created");
  plugin.remove(id);
  BOOST_TEST(left() == "");
}

BOOST_AUTO_TEST_CASE(start_failures_have_classes) {
  PluginHarness::Run run;
  run.args = {"/etc/plain"};
  plugin.create(id, run, chain);
  Failed failed = failure([&] { plugin.start(id); });
  BOOST_TEST(failed.code == GANTRY_PERMISSION);
  BOOST_TEST(std::string(failed.what()).find("permission denied") != std::string::npos);
  plugin.remove(id);
  run.args = {"true"};
  run.more_mounts =
      R"(,{"destination":"/etc/plain","type":"bind","source":"/tmp","options":["rbind"]})";
  plugin.create_again(id, run);
  failed = failure([&] { plugin.start(id); });
  BOOST_TEST(failed.code == GANTRY_INVALID);
  BOOST_TEST(std::string(failed.what()).find("not a directory") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_created_container_that_is_never_started_goes_without_a_trace) {
  PluginHarness::Run run;
  run.args = {"true"};
  plugin.create(id, run, chain);
  BOOST_TEST(failure([&] { plugin.create_again(id, run); }).code == GANTRY_CONFLICT);
  BOOST_TEST(plugin.status(id) == "created");
  plugin.remove(id);
  BOOST_TEST(left() == "");
  // The same id again, and a running one is ended by remove().
  run.args = {"sleep", "1000"};
  plugin.create_again(id, run);
  plugin.start(id);
  const int process = pid();
  plugin.remove(id);
  BOOST_TEST(!alive(process));
  BOOST_TEST(left() == "");
}

BOOST_AUTO_TEST_CASE(what_it_wrote_is_read_exported_and_counted) {
  run({"sh", "-c", "echo mine > /etc/passwd; echo new > /n; mv /n /new; exec sleep 1000"});
  const auto read = [&](const char* path) {
    return plugin.ask([&](auto* sink, auto* e) {
      return plugin.rootfs().read_file(plugin.self(), id.c_str(), path, 1000, sink, e);
    });
  };
  wait_until([&] { return exists(plugin.state_dir() + "/roots/" + id + "/diff/new"); });
  BOOST_TEST(read("/etc/passwd") == "mine\n");
  const std::string usage = plugin.ask([&](auto* sink, auto* e) {
    return plugin.rootfs().usage(plugin.self(), id.c_str(), sink, e);
  });
  BOOST_TEST(number_of(parse_object(usage, "usage"), "rw") == 9);
  const auto& archive = plugin.extension<gantry_ext_archive>(GANTRY_EXT_ARCHIVE);
  for (const bool running : {true, false}) {
    const UniqueFd out(::memfd_create("tar", MFD_CLOEXEC));
    plugin.call([&](auto* e) {
      return archive.export_root(plugin.self(), id.c_str(), out.get(), nullptr, e);
    });
    const std::string tar = find_text("/proc/self/fd/" + std::to_string(out.get())).value();
    BOOST_TEST(tar.find("mine\n") != std::string::npos);
    BOOST_TEST(tar.find("bin/busybox") != std::string::npos);
    BOOST_TEST(tar.find("proc/1/") == std::string::npos);  // no mounts of the container
    if (running) plugin.signal(id, SIGKILL), plugin.wait_event("exit", id), plugin.remove(id);
  }
  const std::string described = plugin.ask([&](auto* sink, auto* e) {
    return plugin.rootfs().describe(plugin.self(), id.c_str(), sink, e);
  });
  BOOST_TEST(described.find("\"UpperDir\"") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(clients_attach_before_start_and_get_everything) {
  PluginHarness::Run run;
  run.args = {"sh", "-c", "cat; echo done >&2"};
  run.open_stdin = run.stdin_once = true;
  plugin.create(id, run, chain);
  Client client(GANTRY_STDIN | GANTRY_STDOUT | GANTRY_STDERR);
  client.stream.framed = 1;
  client.stream.read_ahead = {"early ", 6};
  plugin.call([&](auto* e) {
    return plugin.runtime().attach(plugin.self(), id.c_str(), &client.stream, e);
  });
  client.theirs.reset();
  write_all(client.ours.get(), "hello", "client");
  ::shutdown(client.ours.get(), SHUT_WR);
  plugin.start(id);
  const std::string framed = read_all(client.ours.get());
  // In one frame or in two: cat writes as it reads.
  BOOST_TEST(framed.find("early ") != std::string::npos);
  BOOST_TEST(framed.find("hello") != std::string::npos);
  BOOST_TEST(framed.find("done\n") != std::string::npos);
  BOOST_TEST(exit_code() == 0);
}

BOOST_AUTO_TEST_CASE(execs_run_in_the_container_with_its_filter) {
  PluginHarness::Run run;
  run.args = {"sleep", "1000"};
  run.seccomp = "default";
  plugin.create(id, run, chain);
  plugin.start(id);
  const std::string exec_id(64, 'e');
  Client client(GANTRY_STDOUT | GANTRY_STDERR);
  const int process = plugin.exec(
      id, exec_id,
      PluginHarness::process(
          {"sh", "-c", "id -u; cat /proc/self/status | head -60; exit 3"}, false,
          R"(,"rlimits":[{"type":"RLIMIT_NOFILE","soft":100,"hard":200}],"noNewPrivileges":true)"),
      &client.stream);
  BOOST_TEST(process > 0);
  client.theirs.reset();
  const std::string out = read_all(client.ours.get());
  BOOST_TEST(out.starts_with("0\n"));
  BOOST_TEST(out.find("Seccomp:\t2") != std::string::npos);
  BOOST_TEST(out.find("NoNewPrivs:\t1") != std::string::npos);
  // The event came before the end of the stream.
  BOOST_TEST(plugin.has_event("exec_exit", id));
  BOOST_TEST(plugin.wait_event("exec_exit", exec_id).exit_code == 3);

  const Failed missing = failure(
      [&] { plugin.exec(id, std::string(64, 'f'), PluginHarness::process({"nope"}, false)); });
  BOOST_TEST(missing.code == GANTRY_NOT_FOUND);
  BOOST_TEST(std::string(missing.what()).find("\"nope\": executable file not found in $PATH") !=
             std::string::npos);
  const Failed denied = failure([&] {
    plugin.exec(id, std::string(64, 'd'), PluginHarness::process({"/etc/plain"}, false));
  });
  BOOST_TEST(denied.code == GANTRY_PERMISSION);
  const Failed invalid = failure([&] {
    plugin.exec(id, std::string(64, 'c'),
                PluginHarness::process({"true"}, false, R"(,"rlimits":[{"type":"RLIMIT_X"}])"));
  });
  BOOST_TEST(invalid.code == GANTRY_INVALID);
}

BOOST_AUTO_TEST_CASE(a_paused_container_stands_still) {
  run({"sh", "-c", "while :; do :; done"});
  const auto& pause = plugin.extension<gantry_ext_pause>(GANTRY_EXT_PAUSE);
  plugin.call([&](auto* e) { return pause.pause(plugin.self(), id.c_str(), e); });
  BOOST_TEST(plugin.status(id) == "paused");
  BOOST_TEST(failure([&] {
               plugin.call([&](auto* e) { return pause.pause(plugin.self(), id.c_str(), e); });
             }).code == GANTRY_CONFLICT);
  plugin.unload();
  plugin.load();
  BOOST_TEST(plugin.status(id) == "paused");
  plugin.call([&](auto* e) { return pause.resume(plugin.self(), id.c_str(), e); });
  BOOST_TEST(plugin.status(id) == "running");
  const auto& top = plugin.extension<gantry_ext_top>(GANTRY_EXT_TOP);
  const std::string pids =
      plugin.ask([&](auto* sink, auto* e) { return top.pids(plugin.self(), id.c_str(), sink, e); });
  BOOST_TEST(pids == "[" + std::to_string(pid()) + "]");
  // A frozen one can be removed, too.
  plugin.call([&](auto* e) { return pause.pause(plugin.self(), id.c_str(), e); });
  plugin.remove(id);
  BOOST_TEST(left() == "");
}

BOOST_AUTO_TEST_CASE(the_info_document_tells_what_there_is) {
  const JsonDocument info = parse_object(plugin.ask([&](auto* sink, auto* e) {
    return plugin.runtime().info(plugin.self(), sink, e);
  }),
                                         "info");
  BOOST_TEST((text_of(info, "name") == "runc" || text_of(info, "name") == "crun"));
  BOOST_TEST(!text_of(info, "version").empty());
  BOOST_TEST(text_of(info, "cgroup_driver") == "cgroupfs");
  BOOST_TEST(number_of(info, "memory_bytes") > 1'000'000);
  BOOST_TEST(flag_of(*find_member(info, "features"), "pids_limit"));
  BOOST_TEST(exists(plugin.state_dir() + "/oci-runtime.json"));
}

BOOST_AUTO_TEST_CASE(the_settings_are_checked) {
  for (const char* config :
       {R"({"runtim":"x"})", R"({"runtime":"runc"})", R"({"instance":"zz"})", R"({"shim":1})",
        R"({"shim":"/nowhere/gantry-shim"})", R"({"runtime":"/nowhere/runc"})", R"({"odd":1})"})
    BOOST_TEST_CONTEXT(config) BOOST_CHECK_THROW(PluginHarness(scratch.path(), config), Failed);
}

BOOST_AUTO_TEST_SUITE_END()
