#include "host/cgroups.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <functional>
#include <set>
#include <sstream>

#include "base/directory.hpp"
#include "base/error.hpp"
#include "base/fd.hpp"
#include "base/file.hpp"

namespace gantry::oci {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int kKillRounds = 8;
constexpr std::chrono::seconds kFreezeLimit{10};
// A version 1 freezer that has not come to an end by then needs another start: processes that came
// into being while it went through them keep it busy for good.
constexpr std::chrono::milliseconds kFreezeAttempt{250};
constexpr int kMoveTries = 8;

// Processes of this group alone; false when there is none. Those that our pid namespace can't see
// are left out.
bool own_pids(const std::string& directory, std::set<pid_t>& pids) {
  const auto text = find_text(directory + "/cgroup.procs");
  if (!text) return false;
  std::istringstream lines(*text);
  for (pid_t pid = 0; lines >> pid;)
    if (pid > 0) pids.insert(pid);
  return true;
}

void collect_pids(const std::string& directory, std::set<pid_t>& pids) {
  if (!own_pids(directory, pids)) return;
  const UniqueFd open = find_at(AT_FDCWD, directory, O_RDONLY | O_DIRECTORY);
  if (!open) return;
  for_each_entry(open.get(), [&](const char* name, unsigned char type) {
    if (type == DT_DIR) collect_pids(directory + "/" + name, pids);
  });
}

using Wanted = std::function<bool(const std::string& name)>;

void find_groups(const std::string& mount, const std::string& path, const Wanted& wanted,
                 std::vector<std::string>& found) {
  const UniqueFd open = find_at(AT_FDCWD, mount + path, O_RDONLY | O_DIRECTORY);
  if (!open) return;
  for_each_entry(open.get(), [&](const char* name, unsigned char type) {
    if (type != DT_DIR) return;
    const std::string below = path + "/" + name;
    if (wanted(name))
      found.push_back(below);
    else
      find_groups(mount, below, wanted, found);
  });
}

void remove_groups(const std::string& directory) {
  const UniqueFd open = find_at(AT_FDCWD, directory, O_RDONLY | O_DIRECTORY);
  if (!open) return;
  for_each_entry(open.get(), [&](const char* name, unsigned char type) {
    if (type == DT_DIR) remove_groups(directory + "/" + name);
  });
  ::rmdir(directory.c_str());
}

// poll() tells of changes since the open file was read. ENODEV: the group is gone.
void read_anew(const UniqueFd& file) {
  char byte = 0;
  if (::pread(file.get(), &byte, 1, 0) < 0) throw_errno("read state of control group");
}

// Waits for a state that the kernel reports in a file: by poll() where it can (cgroup.events), else
// by looking again: the version 1 freezer goes on freezing only when its state is read.
bool wait_until(const std::string& file, bool notifies, std::chrono::milliseconds limit,
                const std::function<bool()>& reached) {
  const auto deadline = Clock::now() + limit;
  const UniqueFd watched = notifies ? open_at(AT_FDCWD, file, O_RDONLY) : UniqueFd();
  for (;;) {
    if (notifies) read_anew(watched);
    if (reached()) return true;
    if (Clock::now() > deadline) return false;
    pollfd item{watched.get(), POLLPRI, 0};
    ::poll(&item, 1, notifies ? 100 : 1);
  }
}

}  // namespace

Cgroups::Cgroups() : Cgroups(find_text("/proc/self/mountinfo").value_or("")) {}

Cgroups::Cgroups(const std::string& mountinfo) {
  std::istringstream mounts(mountinfo);
  for (std::string line; std::getline(mounts, line);) {
    // 35 24 0:30 / /sys/fs/cgroup/memory rw,… - cgroup cgroup rw,memory
    const std::size_t dash = line.find(" - cgroup");
    if (dash == std::string::npos) continue;
    std::istringstream head(line.substr(0, dash)), tail(line.substr(dash + 3));
    std::string skip, point, type, options;
    head >> skip >> skip >> skip >> skip >> point;
    tail >> type >> skip >> options;
    if (type == "cgroup2") {
      if (unified_.empty()) unified_ = point;
      continue;
    }
    std::istringstream names(options);
    for (std::string name; std::getline(names, name, ',');) controllers_.try_emplace(name, point);
  }
  controllers_.erase("rw");
  if (controllers_.empty())
    mode_ = unified_.empty() ? Mode::none : Mode::unified;
  else
    mode_ = unified_.empty() ? Mode::legacy : Mode::hybrid;
}

std::string Cgroups::controller(const std::string& name) const {
  const auto found = controllers_.find(name);
  return found == controllers_.end() ? std::string() : found->second;
}

std::string Cgroups::group(const std::string& controller_name, const std::string& path) const {
  if (mode_ == Mode::unified) return unified_ + path;
  const std::string mount = controller(controller_name);
  return mount.empty() ? std::string() : mount + path;
}

std::string Cgroups::process_directory(const std::string& path) const {
  if (mode_ == Mode::unified) return unified_ + path;
  for (const char* name : {"pids", "freezer", "devices", "memory", "cpu"})
    if (const std::string mount = controller(name); !mount.empty() && exists(mount + path))
      return mount + path;
  return {};
}

std::vector<std::string> Cgroups::directories(const std::string& path) const {
  std::set<std::string> found;
  for (const auto& [name, mount] : controllers_) found.insert(mount + path);
  if (!unified_.empty()) found.insert(unified_ + path);
  return {found.begin(), found.end()};
}

void Cgroups::make_room() const {
  // The host's own root has no such file, and hands out controllers in any case.
  if (mode_ != Mode::unified || !exists(unified_ + "/cgroup.type")) return;
  const std::string enabled = find_text(unified_ + "/cgroup.subtree_control").value_or("");
  std::istringstream controllers(find_text(unified_ + "/cgroup.controllers").value_or(""));
  std::string wanted;
  for (std::string name; controllers >> name;)
    if ((" " + enabled).find(" " + name) == std::string::npos) wanted += "+" + name + " ";
  if (wanted.empty()) return;
  make_directory(unified_ + "/init", 0755);
  // Who is moved may fork meanwhile.
  for (int tries = 0;; ++tries) {
    std::set<pid_t> pids;
    own_pids(unified_, pids);
    for (const pid_t pid : pids) {
      try {
        write_setting(unified_ + "/init/cgroup.procs", std::to_string(pid));
      } catch (const Error&) {
        // It has ended, or can't be moved: then the next step says so.
      }
    }
    try {
      return write_setting(unified_ + "/cgroup.subtree_control", wanted);
    } catch (const Error&) {
      if (tries == kMoveTries) throw;
    }
  }
}

std::vector<std::string> Cgroups::find(const Wanted& wanted) const {
  std::vector<std::string> found;
  if (const std::string mount = process_directory(""); !mount.empty())
    find_groups(mount, "", wanted, found);
  return found;
}

std::vector<pid_t> Cgroups::pids(const std::string& path) const {
  std::set<pid_t> pids;
  if (const std::string directory = process_directory(path); !directory.empty())
    collect_pids(directory, pids);
  return {pids.begin(), pids.end()};
}

bool Cgroups::frozen(const std::string& path) const {
  if (mode_ == Mode::unified) {
    const auto events = find_text(unified_ + path + "/cgroup.events");
    return events && events->find("frozen 1") != std::string::npos;
  }
  const auto state = find_text(controller("freezer") + path + "/freezer.state");
  return state && state->starts_with("FROZEN");
}

void Cgroups::freeze(const std::string& path) const {
  const auto reached = [&] { return frozen(path); };
  if (mode_ == Mode::unified) {
    const std::string directory = unified_ + path;
    write_setting(directory + "/cgroup.freeze", "1");
    if (wait_until(directory + "/cgroup.events", true, kFreezeLimit, reached)) return;
    thaw(path);
  } else {
    const std::string mount = controller("freezer");
    if (mount.empty()) throw Error(GANTRY_UNSUPPORTED, "this host has no freezer control group");
    const std::string state = mount + path + "/freezer.state";
    const auto deadline = Clock::now() + kFreezeLimit;
    do {
      write_setting(state, "FROZEN");
      if (wait_until(state, false, kFreezeAttempt, reached)) return;
      thaw(path);
    } while (Clock::now() < deadline);
  }
  throw Error(GANTRY_TIMEOUT, "processes of the container can't be frozen");
}

void Cgroups::thaw(const std::string& path) const {
  if (mode_ == Mode::unified)
    write_setting(unified_ + path + "/cgroup.freeze", "0");
  else
    write_setting(controller("freezer") + path + "/freezer.state", "THAWED");
}

bool Cgroups::settle_freeze(const std::string& path) const noexcept {
  try {
    if (frozen(path)) return true;
    thaw(path);
  } catch (const std::exception&) {
    // No such group.
  }
  return false;
}

void Cgroups::kill(const std::string& path) const noexcept {
  try {
    // Some may fork meanwhile; who has ended may still be listed.
    for (int round = 0; round < kKillRounds; ++round) {
      for (const pid_t pid : pids(path)) ::kill(pid, SIGKILL);
      if (round == 0) thaw(path);  // also when it is only about to be frozen
    }
  } catch (const std::exception&) {
    // No such group.
  }
}

void Cgroups::destroy(const std::string& path) const noexcept {
  try {
    const auto deadline = Clock::now() + std::chrono::seconds(2);
    for (auto left = pids(path); !left.empty() && Clock::now() < deadline; left = pids(path)) {
      kill(path);
      ::poll(nullptr, 0, 1);
    }
    for (const std::string& directory : directories(path)) remove_groups(directory);
  } catch (const std::exception&) {
    // A group that vanishes meanwhile is what we want.
  }
}

}  // namespace gantry::oci
