#include "network/claim.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.hpp"
#include "base/file.hpp"

namespace gantry::oci {
namespace {

// The same for all engines, whatever their directories are. Nobody but root can lock a file in it.
constexpr char kDirectory[] = "/run/gantry-claims";

std::string path_of(const std::string& name) {
  struct stat stack {};
  if (::stat("/proc/thread-self/ns/net", &stack) != 0) throw_errno("network namespace");
  return std::string(kDirectory) + "/" + std::to_string(stack.st_ino) + "-" + name;
}

bool is_at(const std::string& path, int fd) {
  struct stat named {
  }, open{};
  return ::stat(path.c_str(), &named) == 0 && ::fstat(fd, &open) == 0 &&
         named.st_ino == open.st_ino && named.st_dev == open.st_dev;
}

}  // namespace

Claim::Claim(const std::string& name, const std::string& what) : path_(path_of(name)) {
  make_directory("/run", 0755);
  for (;;) {
    make_directory(kDirectory);
    file_.reset(::open(path_.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file_ && errno == ENOENT) continue;  // somebody has just let go of the last claim
    if (!file_) throw_errno("open " + path_);
    if (::flock(file_.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK) throw Error(GANTRY_CONFLICT, what);
      throw_errno("lock " + path_);
    }
    if (is_at(path_, file_.get())) return;  // else its last holder has removed it meanwhile
  }
}

Claim::~Claim() {
  if (!file_) return;
  ::unlink(path_.c_str());
  ::rmdir(kDirectory);  // when no other is held
}

}  // namespace gantry::oci
