// What happens between fork and execve of a further process in a running container.
//
// Two processes: the *joiner*, a fork of the shim, enters the container's cgroups and namespaces
// and forks the *process* into its pid namespace (as a child of the shim: CLONE_PARENT), which
// takes on terminal, user, capabilities and filters and becomes the program. Both are copies of the
// shim inside the container: not dumpable (the container can't ptrace them or open their /proc
// files) and run from a sealed memfd, and nothing of the host is open or current when the
// container's paths are first followed.
//
// Reports go to the shim over a SOCK_SEQPACKET pair, closed by a successful execve.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string_view>
#include <vector>

#include "../protocol/messages.hpp"
#include "cgroups.hpp"
#include "failure.hpp"

namespace gantry::shim {

struct ExecPlan {
  pid_t init = 0;  // the container's first process
  std::string_view container_id;
  const ExecStart* spec = nullptr;
  std::vector<const char*> argv;  // NULL-terminated
  std::vector<const char*> envp;  // two NULLs at the end: room for HOME
  std::string_view search_path;
  bool has_home = false;
  int stdio[3] = {0, 1, 2};  // not on a tty
  int reports = -1;
  const std::vector<CgroupDirectory>* cgroups = nullptr;
  int oom_score_adj = 0;
};

struct ExecReport {
  enum Kind : std::int32_t { process = 1, terminal = 2, failed = 3 };
  std::int32_t kind = 0;
  std::int32_t pid = 0;   // process: on the host
  std::int32_t code = 0;  // failed: gantry_errc
  std::int32_t os_errno = 0;
  char message[512] = {};
};

// The joiner's whole life.
[[noreturn]] void run_exec_joiner(ExecPlan& plan);

// The process' whole life, up to execve. exec_process.cpp.
[[noreturn]] void run_exec_process(ExecPlan& plan, int host_proc);

// Sends a failure in runc's words and ends the calling process. os_errno 0: `what` says it all.
[[noreturn]] void fail_exec(const ExecPlan& plan, std::string_view what, int os_errno,
                            int code = GANTRY_INTERNAL);

// Sends a report, with a descriptor unless fd is -1.
void send_report(const ExecPlan& plan, const ExecReport& report, int fd);

// Parts of run_exec_process.
void take_terminal(const ExecPlan& plan);         // exec_terminal.cpp
void take_identity(const ExecPlan& plan);         // exec_identity.cpp: user, capabilities, seccomp
void add_home(ExecPlan& plan);                    // exec_home.cpp
[[noreturn]] void execute(const ExecPlan& plan);  // exec_search.cpp

}  // namespace gantry::shim
