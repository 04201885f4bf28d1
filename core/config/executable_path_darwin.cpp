#include <mach-o/dyld.h>

#include <string>

#include "core/config/executable_path.hpp"

namespace gantry::config {

std::filesystem::path executable_path() {
  std::uint32_t size = 0;
  _NSGetExecutablePath(nullptr, &size);
  std::string path(size, '\0');
  if (_NSGetExecutablePath(path.data(), &size) != 0) return {};
  std::error_code ec;
  return std::filesystem::canonical(path.c_str(), ec);
}

}  // namespace gantry::config
