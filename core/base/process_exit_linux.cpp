#include <sys/syscall.h>

#include "core/base/error.hpp"
#include "core/base/process_exit.hpp"

namespace gantry {

UniqueFd open_process_exit(pid_t pid) {
  // By number: glibc has the wrapper only since 2.36. A pidfd is always CLOEXEC.
  UniqueFd fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!fd) throw_errno("pidfd_open");
  return fd;
}

}  // namespace gantry
