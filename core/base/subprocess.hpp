// Child processes: the only place that spawns. posix_spawn with an explicit fd table; every other
// descriptor is CLOEXEC. A Subprocess belongs to one thread.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "core/base/unique_fd.hpp"

namespace gantry {

struct SubprocessResult {
  int exit_code = 0;  // 128+n after signal n
  std::string out;
  std::string err;
};

/// Runs argv to its end, stdin from /dev/null (or `input`), output captured (at most 1 MiB of
/// each); kills it and throws Error{timeout} after `limit`. Throws Error{not_found} when argv[0] is
/// missing.
SubprocessResult run_subprocess(const std::vector<std::string>& argv,
                                std::chrono::milliseconds limit, const std::string& input = {});

}  // namespace gantry
