#include "cgroups.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "../protocol/unique_fd.hpp"

namespace gantry::shim {
namespace {

// `number` to all processes of a group and those below it. Returns how many were found.
int signal_tree(const char* directory, int number, int depth) {
  int found = 0;
  const Path procs(directory, "/cgroup.procs");
  if (const UniqueFd fd(::open(procs.c_str(), O_RDONLY | O_CLOEXEC)); fd) {
    char block[4096];
    long pid = 0;
    ssize_t n;
    while ((n = ::read(fd.get(), block, sizeof block)) > 0) {
      for (ssize_t i = 0; i < n; ++i) {
        if (block[i] >= '0' && block[i] <= '9') {
          pid = pid * 10 + (block[i] - '0');
        } else {
          // 0: a process that our pid namespace can't see.
          if (pid > 1 && pid != ::getpid()) {
            ++found;
            ::kill(static_cast<pid_t>(pid), number);
          }
          pid = 0;
        }
      }
    }
  }
  DIR* entries = depth < 32 ? ::opendir(directory) : nullptr;
  if (entries == nullptr) return found;
  while (const dirent* entry = ::readdir(entries)) {
    if (entry->d_type != DT_DIR || entry->d_name[0] == '.') continue;
    const Path child(directory, "/", std::string_view(entry->d_name));
    if (!child.truncated()) found += signal_tree(child.c_str(), number, depth + 1);
  }
  ::closedir(entries);
  return found;
}

}  // namespace

std::size_t read_small_file(const char* path, char* to, std::size_t capacity) {
  const UniqueFd fd(::open(path, O_RDONLY | O_CLOEXEC));
  const ssize_t n = fd ? ::read(fd.get(), to, capacity - 1) : 0;
  const std::size_t size = n > 0 ? static_cast<std::size_t>(n) : 0;
  to[size] = '\0';
  return size;
}

bool write_small_file(const char* path, std::string_view content) {
  const UniqueFd fd(::open(path, O_WRONLY | O_CLOEXEC));
  return fd &&
         ::write(fd.get(), content.data(), content.size()) == static_cast<ssize_t>(content.size());
}

std::uint64_t Cgroups::oom_kills() {
  for (const CgroupDirectory& directory : directories()) {
    if (!directory.own || !directory.memory) continue;
    const Path path(directory.path.data(),
                    std::string_view(directory.unified ? "/memory.events" : "/memory.oom_control"));
    char content[1024];
    if (read_small_file(path.c_str(), content, sizeof content) == 0) continue;
    // "oom_kill 1" is a line of its own; "oom_kill_disable 0" and "oom_group_kill" are others.
    const char* line = content;
    while (line != nullptr && *line != '\0') {
      if (std::strncmp(line, "oom_kill ", 9) == 0) return std::strtoull(line + 9, nullptr, 10);
      line = std::strchr(line, '\n');
      if (line != nullptr) ++line;
    }
  }
  return 0;
}

bool Cgroups::signal_all(int number) {
  for (const CgroupDirectory& directory : directories()) {
    if (!directory.own) continue;
    if (number == SIGKILL && directory.unified) {
      const Path kill_file(directory.path.data(), "/cgroup.kill");  // Linux 5.14
      if (write_small_file(kill_file.c_str(), "1")) return true;
    }
    // What is to be killed may fork meanwhile; what only gets a signal must get it once.
    const int rounds = number == SIGKILL ? 8 : 1;
    for (int i = 0; i < rounds && signal_tree(directory.path.data(), number, 0) > 0; ++i) {
    }
    return true;
  }
  return false;
}

void Cgroups::thaw() {
  for (const CgroupDirectory& directory : directories()) {
    if (!directory.own || !directory.freezer) continue;
    const Path path(directory.path.data(),
                    std::string_view(directory.unified ? "/cgroup.freeze" : "/freezer.state"));
    write_small_file(path.c_str(), directory.unified ? "0" : "THAWED");
  }
}

bool join_cgroups(const std::vector<CgroupDirectory>& directories, std::size_t& failed) {
  for (std::size_t i = 0; i < directories.size(); ++i) {
    if (!directories[i].own) continue;
    const Path procs(directories[i].path.data(), "/cgroup.procs");
    if (!write_small_file(procs.c_str(), "0")) {
      failed = i;
      return false;
    }
  }
  return true;
}

}  // namespace gantry::shim
