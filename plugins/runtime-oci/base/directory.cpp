#include "base/directory.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "base/error.hpp"

namespace gantry::oci {
namespace {

struct CloseDir {
  void operator()(DIR* dir) const { ::closedir(dir); }
};

bool is_dot(const char* name) {
  return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

// unlink() refuses with EPERM a directory, and what may not be changed.
UniqueFd enter_refused(int dir, const std::string& name, int refusal) {
  if (refusal != EISDIR && refusal != EPERM) throw os_error("remove " + name, refusal);
  try {
    return open_directory(dir, name);
  } catch (const Error& error) {
    if (error.os_errno() != ENOTDIR) throw;
    throw os_error("remove " + name, refusal);
  }
}

// A process in a container can nest directories deeper than there are descriptors: below this depth
// a directory is first moved up into the tree's top.
constexpr int kMaxOpen = 200;

class Removal {
 public:
  Removal(int top, const std::function<bool()>& cancelled) : top_(top), cancelled_(cancelled) {}

  // Empties the directory; false: cancelled.
  bool empty(int dir, int depth) {
    bool go_on = true;
    // Entries may be skipped by readdir while others are removed, so names are taken first.
    for (const std::string& name : entry_names(dir)) {
      if (cancelled_ && (++count_ % 64) == 0 && cancelled_()) return false;
      if (::unlinkat(dir, name.c_str(), 0) == 0 || errno == ENOENT) continue;
      const int refusal = errno;
      if (depth >= kMaxOpen) {
        const std::string up = ".gantry-deep-" + std::to_string(++names_);
        moved_ = true;
        if (::renameat(dir, name.c_str(), top_, up.c_str()) == 0) continue;
      }
      const UniqueFd sub = enter_refused(dir, name, refusal);
      go_on = empty(sub.get(), depth + 1);
      if (!go_on) return false;
      if (::unlinkat(dir, name.c_str(), AT_REMOVEDIR) != 0 && errno != ENOENT)
        throw_errno("remove " + name);
    }
    return go_on;
  }
  // Since the last call: then the top has to be emptied once more.
  bool moved_any() { return std::exchange(moved_, false); }

 private:
  int top_;
  const std::function<bool()>& cancelled_;
  unsigned count_ = 0;
  unsigned names_ = 0;
  bool moved_ = false;
};

}  // namespace

void for_each_entry(int dir, const std::function<void(const char*, unsigned char)>& visit) {
  UniqueFd again = open_at(dir, ".", O_RDONLY | O_DIRECTORY);
  const std::unique_ptr<DIR, CloseDir> stream(::fdopendir(again.get()));
  if (!stream) throw_errno("read directory");
  again.release();
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(stream.get());
    if (entry == nullptr) {
      if (errno != 0) throw_errno("read directory");
      return;
    }
    if (!is_dot(entry->d_name)) visit(entry->d_name, entry->d_type);
  }
}

std::vector<std::string> entry_names(int dir) {
  std::vector<std::string> names;
  for_each_entry(dir, [&](const char* name, unsigned char) { names.emplace_back(name); });
  return names;
}

std::vector<std::string> names_in(const std::string& path) {
  const UniqueFd dir = find_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY);
  return dir ? entry_names(dir.get()) : std::vector<std::string>{};
}

bool remove_tree(int dir, const std::string& name, const std::function<bool()>& cancelled) {
  if (::unlinkat(dir, name.c_str(), 0) == 0 || errno == ENOENT) return true;
  const UniqueFd top = enter_refused(dir, name, errno);
  Removal removal(top.get(), cancelled);
  do {
    if (!removal.empty(top.get(), 0)) return false;
  } while (removal.moved_any());
  if (::unlinkat(dir, name.c_str(), AT_REMOVEDIR) != 0 && errno != ENOENT)
    throw_errno("remove " + name);
  return true;
}

void remove_tree(const std::string& path) { remove_tree(AT_FDCWD, path); }

}  // namespace gantry::oci
