#include <libproc.h>
#include <unistd.h>

#include "core/services/engine/thread_count.hpp"

namespace gantry::services {

std::int64_t count_threads() {
  proc_taskinfo info{};
  const int size = ::proc_pidinfo(::getpid(), PROC_PIDTASKINFO, 0, &info, sizeof info);
  return size == static_cast<int>(sizeof info) ? info.pti_threadnum : 0;
}

}  // namespace gantry::services
