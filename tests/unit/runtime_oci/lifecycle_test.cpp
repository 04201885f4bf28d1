// Real containers: the plugin, the supervisor and the OCI runtime of this machine together.
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "plugin_harness.hpp"

using namespace gantry::oci;
namespace fs = std::filesystem;

namespace {

struct Fixture {
  Scratch scratch;
  PluginHarness plugin{scratch.path()};
  std::string chain = plugin.busybox();
  std::string id = PluginHarness::id(::getpid() % 10000);

  void run(const std::vector<std::string>& args) {
    PluginHarness::Run run;
    run.args = args;
    plugin.create(id, run, chain);
    plugin.start(id);
  }
  int exit_code() { return plugin.wait_event("exit", id).exit_code; }
  int pid() { return static_cast<int>(number_of(parse_object(plugin.state(id), "state"), "pid")); }
  bool cgroup_left() const {
    for (const std::string& controller : names_in("/sys/fs/cgroup"))
      if (exists("/sys/fs/cgroup/" + controller + "/gantry/" + id)) return true;
    return false;
  }
  std::string left() const {
    std::string found;
    if (exists(plugin.run_dir() + "/bundles/" + id)) found += " bundle";
    if (exists(plugin.run_dir() + "/runc/" + id)) found += " runtime-state";
    if (cgroup_left()) found += " cgroup";
    if (find_text("/proc/self/mountinfo")->find(scratch.path()) != std::string::npos)
      found += " mount";
    return found;
  }
};

Failed failure(const std::function<void()>& call) {
  try {
    call();
  } catch (const Failed& failed) {
    return failed;
  }
  BOOST_FAIL("nothing was thrown");
  throw;
}

// Zombies don't count: whoever inherited the process may not have reaped it yet.
bool alive(int pid) {
  const std::string stat = find_text("/proc/" + std::to_string(pid) + "/stat").value_or("");
  return !stat.empty() && stat[stat.rfind(')') + 2] != 'Z';
}

// Reads a socket until its end.
std::string read_all(int fd) {
  std::string text;
  char block[4096];
  for (ssize_t got = 0; (got = ::read(fd, block, sizeof block)) > 0;)
    text.append(block, static_cast<std::size_t>(got));
  return text;
}

struct Client {
  UniqueFd ours, theirs;
  gantry_stream stream{};
  explicit Client(unsigned streams) {
    int ends[2];
    BOOST_TEST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    ours.reset(ends[0]);
    theirs.reset(ends[1]);
    stream.size = sizeof stream;
    stream.fd = theirs.get();
    stream.streams = streams;
    stream.detach_keys = "";
    stream.log_offset = UINT64_MAX;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(lifecycle, Fixture)

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
  BOOST_TEST(std::string(failed.what()) ==
             "runc create failed: unable to start container process: exec: \"no-such-thing\": "
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
  run({"sh", "-c", "echo mine > /etc/passwd; echo new > /new; exec sleep 1000"});
  const auto read = [&](const char* path) {
    return plugin.ask([&](auto* sink, auto* e) {
      return plugin.rootfs().read_file(plugin.self(), id.c_str(), path, 1000, sink, e);
    });
  };
  for (int i = 0; i < 200 && !exists(plugin.state_dir() + "/roots/" + id + "/upper/new"); ++i)
    ::usleep(10'000);
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

BOOST_AUTO_TEST_CASE(a_new_daemon_finds_running_containers_and_ended_ones) {
  run({"sleep", "1000"});
  const std::string second = PluginHarness::id(10001 + ::getpid() % 10000);
  PluginHarness::Run quick;
  quick.args = {"sh", "-c", "sleep 0.3; echo late; exit 5"};
  plugin.create(second, quick, chain);
  plugin.start(second);
  const int process = pid();
  plugin.unload();
  for (int i = 0; i < 500; ++i) {
    const std::string status =
        find_text(plugin.run_dir() + "/bundles/" + second + "/shim.status").value_or("");
    if (status.find("deleted=1") != std::string::npos) break;
    ::usleep(10'000);
  }
  plugin.load();
  BOOST_TEST(plugin.status(id) == "running");
  BOOST_TEST(pid() == process);
  BOOST_TEST(plugin.status(second) == "exited");
  BOOST_TEST(number_of(parse_object(plugin.state(second), "state"), "exit_code") == 5);
  BOOST_TEST(plugin.logged(second) == "late\n");
  plugin.remove(second);
  // Its events come to the new daemon.
  plugin.signal(id, SIGTERM);
  plugin.signal(id, SIGKILL);
  BOOST_TEST(exit_code() == 137);
}

BOOST_AUTO_TEST_CASE(a_daemon_that_dies_before_start_leaves_nothing) {
  PluginHarness::Run run;
  run.args = {"true"};
  plugin.create(id, run, chain);
  plugin.unload();
  plugin.load();
  BOOST_TEST(plugin.ids("list").empty());
  BOOST_TEST(left() == "");
}

BOOST_AUTO_TEST_CASE(a_killed_supervisor_is_reported_and_its_container_ended) {
  for (const bool while_away : {false, true}) {
    if (while_away)
      plugin.create_again(id,
                          [] {
                            PluginHarness::Run r;
                            r.args = {"sleep", "1000"};
                            return r;
                          }()),
          plugin.start(id);
    else
      run({"sleep", "1000"});
    const int process = pid();
    const std::string status =
        find_text(plugin.run_dir() + "/bundles/" + id + "/shim.status").value();
    const int shim = std::stoi(status.substr(status.find("shim_pid=") + 9));
    if (while_away) plugin.unload();
    ::kill(shim, SIGKILL);
    if (while_away)
      plugin.load();
    else
      BOOST_TEST(plugin.wait_event("lost", id).exit_code == -1);
    BOOST_TEST(plugin.status(id) == "exited");
    BOOST_TEST(number_of(parse_object(plugin.state(id), "state"), "exit_code") == 255);
    BOOST_TEST(!alive(process));
    plugin.remove(id);
    BOOST_TEST(left() == "");
  }
}

BOOST_AUTO_TEST_CASE(a_published_port_answers_until_the_container_ends) {
  const std::string net =
      R"({"id":"n","driver":"bridge","bridge":"gtl0","subnet":"10.98.0.0/24","gateway":"10.98.0.1"})";
  plugin.call([&](auto* e) {
    return plugin.network().network_up(plugin.self(), {net.data(), net.size()}, e);
  });
  PluginHarness::Run run;
  run.args = {"sh", "-c", "mkdir /www; echo page > /www/index.html; exec httpd -f -h /www -p 80"};
  run.sandbox =
      R"({"mode":"private","endpoints":[{"network":)" + net +
      R"(,"interface":"eth0","address":"10.98.0.2/24","mac":"02:42:0a:62:00:02","gateway":"10.98.0.1"}]})";
  plugin.create(id, run, chain);
  const auto publish = [&](int port) {
    const std::string ports =
        R"([{"protocol":"tcp","host_ip":"0.0.0.0","host_port":)" + std::to_string(port) +
        R"(,"container_ip":"10.98.0.2","container_port":80},{"protocol":"tcp","host_ip":"::","host_port":)" +
        std::to_string(port) + R"(,"container_ip":"10.98.0.2","container_port":80}])";
    return plugin.ask([&](auto* sink, auto* e) {
      return plugin.network().publish(plugin.self(), id.c_str(), {ports.data(), ports.size()}, sink,
                                      e);
    });
  };
  const JsonDocument published = parse_json(publish(0), "ports");
  const int port = static_cast<int>(number_of(published[0], "host_port"));
  BOOST_TEST(number_of(published[1], "host_port") == port);
  const Failed taken = failure([&] { publish(port); });
  BOOST_TEST(taken.code == GANTRY_CONFLICT);
  BOOST_TEST(taken.os_errno == EADDRINUSE);
  plugin.start(id);
  const auto page = [&](const std::string& host) {
    for (int i = 0; i < 100; ++i) {
      FILE* pipe = ::popen(
          ("wget -q -T 2 -O - http://" + host + ":" + std::to_string(port) + "/ 2>/dev/null")
              .c_str(),
          "r");
      char text[64] = {};
      const std::size_t got = std::fread(text, 1, sizeof text - 1, pipe);
      ::pclose(pipe);
      if (got > 0) return std::string(text);
      ::usleep(20'000);
    }
    return std::string("(nothing)");
  };
  BOOST_TEST(page("127.0.0.1") == "page\n");
  BOOST_TEST(page("10.98.0.1") == "page\n");
  BOOST_TEST(page("[::1]") == "page\n");
  plugin.unload();
  BOOST_TEST(page("127.0.0.1") == "page\n");  // without the daemon
  plugin.load();
  BOOST_TEST(page("127.0.0.1") == "page\n");
  plugin.signal(id, SIGKILL);
  exit_code();
  plugin.remove_all(id);
  BOOST_TEST(left() == "");
  plugin.call([&](auto* e) {
    return plugin.network().network_down(plugin.self(), {net.data(), net.size()}, e);
  });
}

BOOST_AUTO_TEST_CASE(stacks_are_joined_and_shared) {
  PluginHarness::Run run;
  run.args = {"sh", "-c", "exec httpd -f -p 127.0.0.1:9000 -h /etc"};
  run.sandbox = R"({"mode":"private","endpoints":[]})";
  plugin.create(id, run, chain);
  plugin.start(id);
  const std::string other = PluginHarness::id(10001 + ::getpid() % 10000);
  run.args = {"sh", "-c",
              "for i in 1 2 3 4 5 6 7 8 9; do wget -q -O - http://127.0.0.1:9000/plain && exit 0; "
              "sleep 0.2; done; exit 1"};
  run.sandbox = R"({"mode":"container","container":")" + id + R"("})";
  plugin.create(other, run, chain);
  plugin.start(other);
  BOOST_TEST(plugin.wait_event("exit", other).exit_code == 0);
  BOOST_TEST(plugin.logged(other) == "text");
  plugin.remove_all(other);
  run.args = {"ls", "-l", "/proc/self/ns/net"};
  run.sandbox = R"({"mode":"host"})";
  plugin.create(other, run, chain);
  plugin.start(other);
  BOOST_TEST(plugin.wait_event("exit", other).exit_code == 0);
  BOOST_TEST(plugin.logged(other).find(fs::read_symlink("/proc/self/ns/net").string()) !=
             std::string::npos);
  plugin.remove_all(other);
  // Joining what does not run.
  plugin.signal(id, SIGKILL);
  exit_code();
  const std::string join = R"({"mode":"container","container":")" + id + R"("})";
  BOOST_TEST(failure([&] {
               plugin.call([&](auto* e) {
                 return plugin.network().sandbox_up(plugin.self(), other.c_str(),
                                                    {join.data(), join.size()}, e);
               });
             }).code == GANTRY_CONFLICT);
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
       {R"({"runtim":"x"})", R"({"runtime":"runc"})", R"({"instance":"zz"})", R"({"shim":1})"})
    BOOST_TEST_CONTEXT(config) BOOST_CHECK_THROW(PluginHarness(scratch.path(), config), Failed);
}

BOOST_AUTO_TEST_SUITE_END()
