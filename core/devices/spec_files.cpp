#include "core/devices/spec_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "core/base/error.hpp"
#include "core/base/unique_fd.hpp"

namespace gantry::devices {
namespace {

namespace fs = std::filesystem;

/// Up to `limit` bytes.
std::string read_up_to(int fd, size_t limit) {
  std::string text;
  char buffer[16384];
  while (text.size() < limit) {
    const ssize_t n = ::read(fd, buffer, std::min(sizeof buffer, limit - text.size()));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) invalid(std::strerror(errno));
    if (n == 0) break;
    text.append(buffer, static_cast<size_t>(n));
  }
  return text;
}

}  // namespace

std::vector<std::string> spec_files(const std::string& directory) {
  std::vector<std::string> files;
  std::error_code error;
  fs::directory_iterator entries(directory, error);
  if (error == std::errc::no_such_file_or_directory) return files;
  if (error) throw fs::filesystem_error(directory, error);
  for (const auto& entry : entries) {
    const std::string extension = entry.path().extension();
    // What cannot be looked at is no directory: the fault is that of the one file.
    if ((extension == ".json" || extension == ".yaml") && !entry.is_directory(error))
      files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string read_spec_file(const std::string& path, size_t limit) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!fd) invalid(std::strerror(errno));
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) invalid(std::strerror(errno));
  if (!S_ISREG(status.st_mode)) invalid("is no file");
  std::string text = read_up_to(fd.get(), limit + 1);
  if (text.size() > limit) invalid("is larger than " + std::to_string(limit) + " bytes");
  return text;
}

}  // namespace gantry::devices
