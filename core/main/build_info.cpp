#include "core/main/build_info.hpp"

#ifndef GANTRY_COMMIT
#define GANTRY_COMMIT ""
#endif
#ifndef GANTRY_COMMIT_TIME
#define GANTRY_COMMIT_TIME ""
#endif

namespace gantry::daemon {

BuildInfo build_info() {
  return {
    GANTRY_VERSION, GANTRY_COMMIT, GANTRY_COMMIT_TIME,
#if defined(__clang__)
        "C++20 (clang " __clang_version__ ")"
#else
        "C++20 (gcc " __VERSION__ ")"
#endif
  };
}

}  // namespace gantry::daemon
