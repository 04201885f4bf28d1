// macOS has no quotas for directories.
#include <gantry/cpp/error.hpp>

#include "quota.hpp"

namespace volume_local {

void limit_directory(const std::string&, std::uint64_t) {
  throw gantry::sdk::Error(GANTRY_INVALID, "quota size requested but no quota support");
}

void unlimit_directory(const std::string&) {}

}  // namespace volume_local
