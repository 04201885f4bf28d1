// What was built: shown by --version and /version. Constant.
#pragma once

#include <string>

namespace gantry::daemon {

struct BuildInfo {
  const char* version;
  const char* commit;      // short id; "" when unknown
  const char* build_time;  // RFC 3339: of the commit, so that builds are reproducible
  const char* compiler;
};

BuildInfo build_info();

/// What Docker's clients are told. They compare it with Docker's releases and refuse old ones
/// (Testcontainers for Java those before 1.6): so the release that this API is of comes first. Ours
/// has one dot behind it: cAdvisor takes nothing with two versions of three numbers.
std::string version_for_clients();

}  // namespace gantry::daemon
