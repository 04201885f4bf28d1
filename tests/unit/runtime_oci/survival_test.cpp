// Real containers over the ends of the daemon and of supervisors, their ports and shared stacks.
#include <sys/syscall.h>

#include "lifecycle_fixture.hpp"
#include "protocol/wire.hpp"

using namespace gantry::oci;

namespace {

/// A process that is stopped, and goes on at the end, whatever becomes of the test.
class Stopped {
 public:
  explicit Stopped(int pid) : pid_(pid) { ::kill(pid_, SIGSTOP); }
  ~Stopped() { go_on(); }
  Stopped(const Stopped&) = delete;
  Stopped& operator=(const Stopped&) = delete;
  void go_on() const { ::kill(pid_, SIGCONT); }

 private:
  int pid_;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(survival, LifecycleFixture)

BOOST_AUTO_TEST_CASE(a_new_daemon_finds_running_containers_and_ended_ones) {
  run({"sleep", "1000"});
  const std::string second = PluginHarness::id(10001 + ::getpid() % 10000);
  PluginHarness::Run quick;
  quick.args = {"sh", "-c", "sleep 0.3; echo late; exit 5"};
  plugin.create(second, quick, chain);
  plugin.start(second);
  const int process = pid();
  plugin.unload();
  wait_until([&] {
    return find_text(plugin.run_dir() + "/bundles/" + second + "/shim.status")
               .value_or("")
               .find("deleted=1") != std::string::npos;
  });
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
      run_again({"sleep", "1000"});
    else
      run({"sleep", "1000"});
    const int process = pid();
    const int shim = supervisor();
    if (while_away) plugin.unload();
    ::kill(shim, SIGKILL);
    if (while_away) {
      wait_until([&] { return !alive(shim); });
      plugin.load();
    } else {
      BOOST_TEST(plugin.wait_event("lost", id).exit_code == -1);
    }
    BOOST_TEST(plugin.status(id) == "exited");
    BOOST_TEST(number_of(parse_object(plugin.state(id), "state"), "exit_code") == 255);
    plugin.remove(id);
    BOOST_TEST(!alive(process));
    BOOST_TEST(left() == "");
  }
}

BOOST_AUTO_TEST_CASE(a_supervisor_that_does_not_answer_holds_up_nothing_and_is_heard_later) {
  for (const bool ends_meanwhile : {false, true}) {
    if (ends_meanwhile)
      run_again({"sleep", "1000"});
    else
      run({"sleep", "1000"});
    const int process = pid(), shim = supervisor();
    plugin.unload();
    const Stopped stopped(shim);
    const auto begin = std::chrono::steady_clock::now();
    plugin.load();
    BOOST_TEST((std::chrono::steady_clock::now() - begin < std::chrono::seconds(20)));
    BOOST_TEST(plugin.status(id) == "running");
    BOOST_TEST(pid() == process);
    BOOST_TEST(failure([&] { plugin.signal(id, SIGTERM); }).code == GANTRY_TIMEOUT);
    if (ends_meanwhile) ::kill(process, SIGKILL);
    stopped.go_on();
    if (!ends_meanwhile) {
      wait_until([&] {
        try {
          plugin.signal(id, SIGKILL);
          return true;
        } catch (const Failed&) {
          return false;
        }
      });
    }
    BOOST_TEST(exit_code() == 137);
    plugin.remove(id);
    BOOST_TEST(left() == "");
  }
}

BOOST_AUTO_TEST_CASE(a_subscription_that_is_cut_off_costs_no_container) {
  run({"sleep", "1000"});
  const int process = pid();
  const UniqueFd shim(static_cast<int>(::syscall(SYS_pidfd_open, supervisor(), 0)));
  const UniqueFd connection(
      static_cast<int>(::syscall(SYS_pidfd_getfd, shim.get(), gantry::shim::kControlFd, 0)));
  BOOST_TEST_REQUIRE(::shutdown(connection.get(), SHUT_RDWR) == 0);
  plugin.signal(id, SIGKILL);
  const HostEvent end = plugin.wait_event("exit", id);
  BOOST_TEST(end.exit_code == 137);
  BOOST_TEST(end.pid == process);
}

BOOST_AUTO_TEST_CASE(without_its_bundle_a_container_still_takes_signals_and_ends) {
  for (const int signal : {SIGTERM, SIGKILL}) {
    const std::vector<std::string> polite{
        "sh", "-c", "trap 'exit 3' TERM; echo ready; while :; do sleep 0.05; done"};
    if (signal == SIGTERM)
      run(polite);
    else
      run_again(polite);
    wait_until([&] { return plugin.logged(id).ends_with("ready\n"); });
    fs::remove_all(plugin.run_dir() + "/bundles/" + id);
    plugin.signal(id, signal);
    BOOST_TEST(exit_code() == (signal == SIGTERM ? 3 : 137));
    BOOST_TEST(failure([&] { plugin.signal(id, signal); }).code == GANTRY_CONFLICT);
    plugin.remove(id);
    wait_until([&] { return left() == ""; });
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
      FILE* pipe = ::popen(("timeout 2 busybox wget -q -O - http://" + host + ":" +
                            std::to_string(port) + "/ 2>/dev/null")
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

BOOST_AUTO_TEST_SUITE_END()
