// macOS has no quotas for directories.
#include <gantry/cpp/error.hpp>

#include "quota.hpp"

namespace volume_local {

namespace {

[[noreturn]] void refuse() {
  throw gantry::sdk::Error(GANTRY_INVALID, "quota size requested but no quota support");
}

}  // namespace

std::uint32_t find_free_project(const std::string&) { refuse(); }
void limit_project(const std::string&, std::uint32_t, std::uint64_t) { refuse(); }
std::uint32_t project_of(const std::string&) { return 0; }
void join_project(const std::string&, std::uint32_t) { refuse(); }
void release_project(const std::string&, std::uint32_t) noexcept {}

}  // namespace volume_local
