#include <filesystem>
#include <system_error>

#include "core/services/engine/thread_count.hpp"

namespace gantry::services {

std::int64_t count_threads() {
  std::error_code ec;
  std::int64_t count = 0;
  for (std::filesystem::directory_iterator it("/proc/self/task", ec), end; !ec && it != end;
       it.increment(ec))
    ++count;
  return count;
}

}  // namespace gantry::services
