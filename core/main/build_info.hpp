// What was built: shown by --version and /version. Constant.
#pragma once

namespace gantry::daemon {

struct BuildInfo {
  const char* version;
  const char* commit;      // short id; "" when unknown
  const char* build_time;  // RFC 3339: of the commit, so that builds are reproducible
  const char* compiler;
};

BuildInfo build_info();

}  // namespace gantry::daemon
