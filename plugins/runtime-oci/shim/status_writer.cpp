#include "status_writer.hpp"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "../protocol/unique_fd.hpp"
#include "../protocol/wire.hpp"
#include "text.hpp"

namespace gantry::shim {

bool write_status_file(const StatusFile& status) {
  Text<1024> text;
  for_each_status_key(status, [&](std::string_view key, const auto& value) {
    text.add(key).add("=").add(value).add("\n");
  });
  const Text<64> temporary(kStatusName, ".new");
  UniqueFd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!fd) return false;
  const std::string_view content = text.view();
  if (::write(fd.get(), content.data(), content.size()) != static_cast<ssize_t>(content.size())) {
    return false;
  }
  return ::rename(temporary.c_str(), kStatusName) == 0;
}

std::uint64_t process_start_ticks(pid_t pid) {
  const Text<64> path("/proc/", pid, "/stat");
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  char line[1024];
  const ssize_t n = fd ? ::read(fd.get(), line, sizeof line - 1) : -1;
  if (n <= 0) return 0;
  line[n] = '\0';
  // The second field, the name, may contain anything: count from its closing parenthesis.
  const char* at = std::strrchr(line, ')');
  for (int field = 2; at != nullptr && field < 22; ++field) at = std::strchr(at + 1, ' ');
  return at != nullptr ? std::strtoull(at + 1, nullptr, 10) : 0;
}

}  // namespace gantry::shim
