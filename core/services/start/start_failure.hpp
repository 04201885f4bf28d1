// What a failed start looks like to clients (behaviours.md 4.1): the error they get, and the exit
// code the container keeps. Pure; any thread.
#pragma once

#include <optional>

#include "core/base/error.hpp"

namespace gantry::services {

struct StartFailure {
  Error error;
  std::optional<int> exit_code;  // 127 or 126: the command's fault; else none

  /// The code of the run before, if it failed, else 128.
  int exit_code_after(int earlier) const {
    return exit_code.value_or(earlier != 0 ? earlier : 128);
  }
};

/// `by_runtime`: the error came from the runtime's create or start, in the OCI runtime's own words.
StartFailure explain_start_failure(const Error& error, bool by_runtime);

/// Exit code of an exec whose process could not be started: 127, 126 or 128.
int exec_failure_code(const Error& error);

}  // namespace gantry::services
