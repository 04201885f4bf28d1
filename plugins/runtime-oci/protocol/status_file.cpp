#include "status_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <string>
#include <string_view>

#include "unique_fd.hpp"
#include "wire.hpp"

namespace gantry::shim {

std::optional<StatusFile> read_status_file(const char* bundle) {
  const std::string path = std::string(bundle) + "/" + kStatusName;
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return std::nullopt;
  char text[4096];
  const ssize_t size = ::pread(fd.get(), text, sizeof text, 0);
  if (size <= 0) return std::nullopt;

  StatusFile status;
  std::string_view left(text, static_cast<std::size_t>(size));
  while (!left.empty()) {
    const std::string_view line = left.substr(0, left.find('\n'));
    left.remove_prefix(line.size() < left.size() ? line.size() + 1 : line.size());
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view key = line.substr(0, equals), value = line.substr(equals + 1);
    for_each_status_key(status, [&](std::string_view name, auto& member) {
      if (name == key) std::from_chars(value.data(), value.data() + value.size(), member);
    });
  }
  return status;
}

}  // namespace gantry::shim
