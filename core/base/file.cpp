#include "core/base/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <atomic>
#include <cerrno>
#include <system_error>

#include "core/base/error.hpp"

namespace gantry::file {

UniqueFd open(const fs::path& path, int flags, mode_t mode) {
  int fd;
  do {
    fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) {
    if (errno == ENOENT)
      throw Error(Errc::not_found, "open " + path.string() + ": no such file or directory", ENOENT);
    throw_errno("open " + path.string());
  }
  return UniqueFd(fd);
}

std::string read(int fd) {
  std::string content;
  struct stat st {};
  if (::fstat(fd, &st) == 0 && st.st_size > 0) content.reserve(static_cast<size_t>(st.st_size) + 1);
  char buffer[16384];
  for (;;) {
    const ssize_t n = ::read(fd, buffer, sizeof buffer);
    if (n < 0) {
      if (errno == EINTR) continue;
      throw_errno("read");
    }
    if (n == 0) return content;
    content.append(buffer, static_cast<size_t>(n));
  }
}

std::string read(const fs::path& path) { return read(open(path, O_RDONLY).get()); }

std::optional<std::string> find(const fs::path& path) {
  try {
    return read(path);
  } catch (const Error& e) {
    if (e.code() == Errc::not_found) return std::nullopt;
    throw;
  }
}

void write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t n = ::write(fd, content.data(), content.size());
    if (n < 0) {
      if (errno == EINTR) continue;
      throw_errno("write");
    }
    content.remove_prefix(static_cast<size_t>(n));
  }
}

void write_atomic(const fs::path& path, std::string_view content, mode_t mode) {
  static std::atomic<unsigned> counter{0};
  const fs::path temporary =
      path.string() + ".tmp" + std::to_string(::getpid()) + "." + std::to_string(counter++);
  try {
    const UniqueFd fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC, mode);
    write_all(fd.get(), content);
    if (::rename(temporary.c_str(), path.c_str()) != 0) throw_errno("rename to " + path.string());
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
}

void make_directories(const fs::path& path, mode_t mode) {
  if (path.empty()) return;
  if (::mkdir(path.c_str(), mode) == 0) return;
  if (errno == EEXIST) {
    struct stat st {};
    if (::stat(path.c_str(), &st) == 0 && S_ISDIR(st.st_mode)) return;
    throw_errno("mkdir " + path.string(), ENOTDIR);
  }
  if (errno != ENOENT || path == path.parent_path()) throw_errno("mkdir " + path.string());
  make_directories(path.parent_path(), mode);
  if (::mkdir(path.c_str(), mode) != 0 && errno != EEXIST) throw_errno("mkdir " + path.string());
}

void remove_tree(const fs::path& path) {
  std::error_code ec;
  fs::remove_all(path, ec);
  if (ec) throw_errno("remove " + path.string(), ec.value());
}

}  // namespace gantry::file
