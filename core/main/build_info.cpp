#include "core/main/build_info.hpp"

#ifndef GANTRY_COMMIT
#define GANTRY_COMMIT ""
#endif
#ifndef GANTRY_COMMIT_TIME
#define GANTRY_COMMIT_TIME ""
#endif

namespace gantry::daemon {

namespace {
constexpr const char* kDockerRelease = "28.5.2";
}  // namespace

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

std::string version_for_clients() {
  const std::string_view own = build_info().version;
  return std::string(kDockerRelease) + "+gantry." + std::string(own.substr(0, own.rfind('.')));
}

}  // namespace gantry::daemon
