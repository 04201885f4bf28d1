#include "core/config/executable_path.hpp"

namespace gantry::config {

std::filesystem::path executable_path() {
  std::error_code ec;
  return std::filesystem::read_symlink("/proc/self/exe", ec);
}

}  // namespace gantry::config
