// How many threads this process has. Platform seam: thread_count_<os>.cpp. Any thread.
#pragma once

#include <cstdint>

namespace gantry::services {

/// 0 where the system does not tell.
std::int64_t count_threads();

}  // namespace gantry::services
