// What a failed start looks like to clients (behaviours.md 4.1): the error they get, and the exit
// code the container keeps. Pure; any thread.
#pragma once

#include "core/base/error.hpp"

namespace gantry::services {

struct StartFailure {
  Error error;
  int exit_code = 128;
};

/// `by_runtime`: the error came from the runtime's create or start, in the OCI runtime's own words.
StartFailure explain_start_failure(const Error& error, bool by_runtime);

/// Exit code of an exec whose process could not be started: 127, 126 or 128.
int exec_failure_code(const Error& error);

}  // namespace gantry::services
