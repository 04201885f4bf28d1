// The control groups of the container: one directory per hierarchy (cgroup v1, hybrid) or one in
// all (v2).
//
// A hierarchy in which the container has no group of its own (it shares the shim's, or the root) is
// known for joining but never signalled or frozen.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string_view>
#include <vector>

#include "bytes.hpp"
#include "text.hpp"

namespace gantry::shim {

struct CgroupDirectory {
  Bytes path;            // absolute, with a NUL
  bool own = false;      // the container's alone
  bool unified = false;  // cgroup v2
  bool memory = false;
  bool freezer = false;
};

class Cgroups {
 public:
  // Takes note of the groups of `pid`. A process that has ended already no longer says; then
  // `fallback` (the path below each hierarchy's mount, or "") is believed where it exists.
  void remember(pid_t pid, std::string_view fallback);

  // Looked up in the mount table on first use.
  const std::vector<CgroupDirectory>& directories();

  // Processes of the container that the kernel's OOM killer has killed so far.
  std::uint64_t oom_kills();
  // To every process of the container. False when it has no group of its own.
  bool signal_all(int number);
  // Removes the groups at `path` below each hierarchy's mount, and those below them. False while
  // one of them still holds a process.
  static bool remove(std::string_view path);
  // A frozen process does not even die of SIGKILL under cgroup v1.
  void thaw();

 private:
  Bytes text_;  // of /proc/<pid>/cgroup
  Bytes fallback_;
  bool resolved_ = false;
  std::vector<CgroupDirectory> directories_;
};

// Moves the calling process into the groups. Between fork and exec. False: errno, and the index of
// the directory in `failed`.
bool join_cgroups(const std::vector<CgroupDirectory>& directories, std::size_t& failed);

// A whole small file (of /proc or /sys); what does not fit is cut off.
std::size_t read_small_file(const char* path, char* to, std::size_t capacity);
bool write_small_file(const char* path, std::string_view content);

}  // namespace gantry::shim
