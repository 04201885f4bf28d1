#include "base/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>

#include "base/error.hpp"
#include "base/fd.hpp"

namespace gantry::oci {

std::optional<std::string> find_text(const std::string& path, std::size_t max_bytes) {
  const UniqueFd fd = find_at(AT_FDCWD, path, O_RDONLY);
  if (!fd) return std::nullopt;
  std::string text;
  while (text.size() < max_bytes) {
    const std::size_t old = text.size();
    const std::size_t room = std::min<std::size_t>(max_bytes - old, old == 0 ? 4096 : old);
    text.resize(old + room);
    const ssize_t got = ::read(fd.get(), text.data() + old, room);
    if (got < 0 && errno == EINTR) {
      text.resize(old);
      continue;
    }
    if (got < 0) throw_errno("read " + path);
    text.resize(old + static_cast<std::size_t>(got));
    if (got == 0) break;
  }
  return text;
}

void write_all(int fd, std::string_view data, const std::string& what) {
  while (!data.empty()) {
    const ssize_t put = ::write(fd, data.data(), data.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) throw_errno("write " + what);
    data.remove_prefix(static_cast<std::size_t>(put));
  }
}

void write_setting(const std::string& path, std::string_view value) {
  const UniqueFd fd = open_at(AT_FDCWD, path, O_WRONLY);
  if (::write(fd.get(), value.data(), value.size()) < 0) throw_errno("write " + path);
}

void replace_file(const std::string& path, std::string_view content, unsigned mode) {
  static std::atomic<unsigned> count{0};
  const std::string temporary = path + ".tmp" + std::to_string(count.fetch_add(1));
  try {
    const UniqueFd fd =
        open_at(AT_FDCWD, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode);
    write_all(fd.get(), content, path);
    if (::rename(temporary.c_str(), path.c_str()) != 0) throw_errno("rename to " + path);
  } catch (const Error&) {
    ::unlink(temporary.c_str());
    throw;
  }
}

void make_directory(const std::string& path, unsigned mode) {
  if (::mkdir(path.c_str(), mode) != 0 && errno != EEXIST) throw_errno("mkdir " + path);
}

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

}  // namespace gantry::oci
