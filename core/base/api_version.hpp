// Versions of the Docker Engine API that the engine speaks: 1.<oldest> to 1.<newest>.
#pragma once

#include <string>

namespace gantry {

inline constexpr int kOldestApiMinor = 24;
inline constexpr int kNewestApiMinor = 51;

/// "1.51"
inline std::string api_version(int minor) { return "1." + std::to_string(minor); }

}  // namespace gantry
