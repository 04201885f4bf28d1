#include "core/build/directory_source.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/file.hpp"

namespace gantry::build {
namespace {

namespace fs = std::filesystem;
using images::ArchiveEntry;

constexpr std::size_t kPiece = 128u << 10;
constexpr UnixNanos kSecond = 1'000'000'000;

struct stat status_of(const fs::path& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) throw_errno("stat " + path.string());
  return status;
}

UnixNanos modified(const struct stat& status) {
#ifdef __APPLE__
  const timespec& time = status.st_mtimespec;
#else
  const timespec& time = status.st_mtim;
#endif
  return time.tv_sec * kSecond + time.tv_nsec;
}

void add_content(const fs::path& path, const std::string& name, const ArchiveEntry& entry,
                 SourceTree& into) {
  const UniqueFd fd = file::open(path, O_RDONLY | O_NOFOLLOW);
  std::vector<char> buffer(kPiece);
  into.add_file(name, entry, [&] {
    ssize_t size = 0;
    while ((size = ::read(fd.get(), buffer.data(), buffer.size())) < 0 && errno == EINTR) {
    }
    if (size < 0) throw_errno("read " + path.string());
    return std::string_view(buffer.data(), static_cast<std::size_t>(size));
  });
}

void add_one(const fs::path& path, const std::string& name, const DirectoryRules& rules,
             SourceTree& into) {
  const struct stat status = status_of(path);
  ArchiveEntry entry;
  entry.mtime = rules.mtime.value_or(modified(status));
  entry.mode = S_ISDIR(status.st_mode) || (status.st_mode & S_IXUSR) != 0 ? 0755 : 0644;
  if (S_ISREG(status.st_mode)) return add_content(path, name, entry, into);
  if (S_ISDIR(status.st_mode)) {
    entry.kind = ArchiveEntry::Kind::directory;
  } else if (S_ISLNK(status.st_mode)) {
    entry.kind = ArchiveEntry::Kind::symlink;
    entry.mode = 0777;
    entry.link = fs::read_symlink(path).string();
  } else {
    return;
  }
  into.add(name, entry);
}

}  // namespace

void add_directory(const fs::path& from, const DirectoryRules& rules, SourceTree& into) {
  const std::string prefix = rules.place.empty() ? "" : rules.place + "/";
  if (!rules.place.empty()) add_one(from, rules.place, rules, into);
  std::error_code error;
  fs::recursive_directory_iterator at(from, error);
  for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    rules.check();
    if (!rules.left_out.empty() && at->path().filename() == rules.left_out) {
      at.disable_recursion_pending();
      continue;
    }
    add_one(at->path(), prefix + at->path().lexically_relative(from).string(), rules, into);
  }
  if (error) throw Error(Errc::internal, "read " + from.string() + ": " + error.message());
}

}  // namespace gantry::build
