// macOS has no quotas for directories.
#include <gantry/cpp/error.hpp>

#include "quota.hpp"

namespace quota {

namespace {

[[noreturn]] void refuse() {
  throw gantry::sdk::Error(GANTRY_UNSUPPORTED, "directories have no quotas here");
}

}  // namespace

bool is_enforced(const std::string&) { return false; }
std::uint32_t find_free_project(const std::string&) { refuse(); }
void limit_project(const std::string&, std::uint32_t, std::uint64_t) { refuse(); }
bool has_files(const std::string&, std::uint32_t) { return false; }
std::uint32_t project_of(const std::string&) { return 0; }
void join_project(const std::string&, std::uint32_t) { refuse(); }
void release_project(const std::string&, std::uint32_t) noexcept {}

}  // namespace quota
