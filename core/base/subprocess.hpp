// Child processes: the only place that spawns. posix_spawn with an explicit fd table; every other
// descriptor is CLOEXEC. A Subprocess belongs to one thread.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/base/unique_fd.hpp"

namespace gantry {

struct SubprocessResult {
  int exit_code = 0;  // 128+n after signal n
  std::string out;
  std::string err;
};

struct SubprocessOptions {
  std::string input{};  // empty: stdin is /dev/null
  /// "NAME=value", all that the child has; nullopt: what this process has.
  std::optional<std::vector<std::string>> environment{};
  /// Kills the child: Error{cancelled}.
  std::stop_token stop{};
};

/// Runs argv to its end, output captured (at most 1 MiB of each); kills it, with the processes that
/// it has started and left in its group, and throws Error{timeout} after `limit`. Throws
/// Error{not_found} when argv[0] is missing.
SubprocessResult run_subprocess(const std::vector<std::string>& argv,
                                std::chrono::milliseconds limit,
                                const SubprocessOptions& options = {});

}  // namespace gantry
