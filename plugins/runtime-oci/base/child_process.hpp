// One short-lived child process, waited for. Any thread; no shell; the environment is PATH only.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace gantry::oci {

struct ChildResult {
  int exit_code = -1;  // 128 + n after signal n
  std::string output;  // stdout and stderr, at most 64 KiB
};

/// `argv[0]` is an absolute path. Killed when it takes longer than `limit` (GANTRY_TIMEOUT).
/// GANTRY_UNAVAILABLE when it can't be started.
ChildResult run_child(const std::vector<std::string>& argv, std::chrono::milliseconds limit);

}  // namespace gantry::oci
