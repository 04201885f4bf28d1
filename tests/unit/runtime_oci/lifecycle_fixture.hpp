// Real containers: the plugin, the supervisor and the OCI runtime of this machine together.
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <chrono>

#include "plugin_harness.hpp"

namespace gantry::oci {

namespace fs = std::filesystem;

struct LifecycleFixture {
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
  /// Of the same root, after remove().
  void run_again(const std::vector<std::string>& args) {
    PluginHarness::Run run;
    run.args = args;
    plugin.create_again(id, run);
    plugin.start(id);
  }
  int exit_code() { return plugin.wait_event("exit", id).exit_code; }
  int pid() { return static_cast<int>(number_of(parse_object(plugin.state(id), "state"), "pid")); }
  int supervisor() const {
    const std::string status =
        find_text(plugin.run_dir() + "/bundles/" + id + "/shim.status").value();
    return std::stoi(status.substr(status.find("shim_pid=") + 9));
  }
  bool cgroup_left() const {
    for (const std::string& controller : names_in("/sys/fs/cgroup"))
      if (exists("/sys/fs/cgroup/" + controller + "/gantry/" + id)) return true;
    return false;
  }
  template <class Holds>
  static void wait_until(Holds&& holds) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    for (; !holds(); ::usleep(10'000)) BOOST_TEST_REQUIRE((std::chrono::steady_clock::now() < end));
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

inline Failed failure(const std::function<void()>& call) {
  try {
    call();
  } catch (const Failed& failed) {
    return failed;
  }
  BOOST_FAIL("nothing was thrown");
  throw;
}

// Zombies don't count: whoever inherited the process may not have reaped it yet.
inline bool alive(int pid) {
  const std::string stat = find_text("/proc/" + std::to_string(pid) + "/stat").value_or("");
  return !stat.empty() && stat[stat.rfind(')') + 2] != 'Z';
}

// Reads a socket until its end.
inline std::string read_all(int fd) {
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

}  // namespace gantry::oci
