#include "core/base/file.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

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

namespace {

constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();

std::string read_most(int fd, const std::string& name, std::size_t most) {
  std::string content;
  struct stat st {};
  if (::fstat(fd, &st) == 0 && st.st_size > 0)
    content.reserve(std::min(static_cast<std::size_t>(st.st_size), most) + 1);
  char buffer[16384];
  for (;;) {
    const ssize_t n = ::read(fd, buffer, sizeof buffer);
    if (n < 0) {
      if (errno == EINTR) continue;
      throw_errno("read" + name);
    }
    if (n == 0) return content;
    if (static_cast<std::size_t>(n) > most - content.size())
      throw Error(Errc::exhausted,
                  "read" + name + ": more than " + std::to_string(most) + " bytes");
    content.append(buffer, static_cast<size_t>(n));
  }
}

}  // namespace

std::string read(int fd) { return read_most(fd, "", kAll); }

std::string read(const fs::path& path, std::size_t most) {
  return read_most(open(path, O_RDONLY).get(), " " + path.string(), most);
}

std::string read(const fs::path& path) { return read(path, kAll); }

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

namespace {

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

/// Removes a tree with one directory open at a time, however deep it is: it goes down by names and
/// up by "..".
class TreeRemoval {
 public:
  explicit TreeRemoval(const fs::path& path) : path_(path) {}

  void run() {
    UniqueFd at = open_beneath(AT_FDCWD, path_.c_str());
    for (;;) {
      if (const auto child = empty(at.get())) {
        UniqueFd below = open_beneath(at.get(), child->c_str());
        above_.push_back({*child, identity(at.get())});
        at = std::move(below);
        continue;
      }
      if (above_.empty()) break;
      UniqueFd parent = open_beneath(at.get(), "..");
      const Step step = std::move(above_.back());
      above_.pop_back();
      if (identity(parent.get()) != step.parent) fail(ESTALE);  // somebody moved it meanwhile
      if (::unlinkat(parent.get(), step.name.c_str(), AT_REMOVEDIR) != 0 && errno != ENOENT &&
          errno != ENOTEMPTY)
        fail(errno);
      at = std::move(parent);
    }
    if (::rmdir(path_.c_str()) != 0 && errno != ENOENT) fail(errno);
  }

 private:
  using Identity = std::pair<dev_t, ino_t>;
  struct Step {
    std::string name;
    Identity parent;
  };

  [[noreturn]] void fail(int error) const { throw_errno("remove " + path_.string(), error); }

  UniqueFd open_beneath(int directory, const char* name) const {
    UniqueFd fd(::openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd) fail(errno);
    return fd;
  }
  Identity identity(int fd) const {
    struct stat status {};
    if (::fstat(fd, &status) != 0) fail(errno);
    return {status.st_dev, status.st_ino};
  }
  /// Removes what is no directory, or an empty one; the first that is neither ends it.
  std::optional<std::string> empty(int fd) const {
    const std::unique_ptr<DIR, CloseDirectory> listing(
        ::fdopendir(::fcntl(fd, F_DUPFD_CLOEXEC, 0)));
    if (!listing) fail(errno);
    ::rewinddir(listing.get());
    for (;;) {
      errno = 0;
      const dirent* entry = ::readdir(listing.get());
      if (entry == nullptr && errno != 0) fail(errno);
      if (entry == nullptr) return std::nullopt;
      const std::string name = entry->d_name;
      if (name == "." || name == "..") continue;
      if (::unlinkat(fd, name.c_str(), 0) == 0 || errno == ENOENT) continue;
      const int not_file = errno;  // EISDIR, or EPERM where POSIX is followed to the letter
      if (::unlinkat(fd, name.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT) continue;
      if (errno == ENOTEMPTY || errno == EEXIST) return name;
      fail(errno == ENOTDIR ? not_file : errno);
    }
  }

  const fs::path& path_;
  std::vector<Step> above_;
};

}  // namespace

void remove_tree(const fs::path& path) {
  if (::unlink(path.c_str()) == 0 || errno == ENOENT || errno == ENOTDIR) return;
  const int not_file = errno;
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode))
    throw_errno("remove " + path.string(), not_file);
  TreeRemoval(path).run();
}

}  // namespace gantry::file
