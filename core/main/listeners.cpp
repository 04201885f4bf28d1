#include "core/main/listeners.hpp"

#include <fcntl.h>
#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/log.hpp"
#include "core/base/socket.hpp"

namespace gantry::daemon {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view kUnix = "unix://";

sockaddr_un address_of(const fs::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.native().size() >= sizeof address.sun_path)
    throw Error(Errc::invalid, "socket path is longer than " +
                                   std::to_string(sizeof address.sun_path - 1) +
                                   " bytes: " + path.string());
  std::memcpy(address.sun_path, path.c_str(), path.native().size() + 1);
  return address;
}

const sockaddr* generic(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

/// Removes a socket left by a process that is gone; anything else at the path is somebody's.
void clear_path(const fs::path& path, const sockaddr_un& address) {
  struct stat st {};
  if (::lstat(path.c_str(), &st) != 0) {
    if (errno == ENOENT) return;
    throw_errno(path.string());
  }
  if (!S_ISSOCK(st.st_mode))
    throw Error(Errc::conflict, path.string() + " exists and is not a socket");
  // Not blocking: a daemon whose queue of connections is full is live, and EAGAIN says so at once.
  const UniqueFd probe = make_socket(AF_UNIX, SOCK_STREAM);
  if (::fcntl(probe.get(), F_SETFL, O_NONBLOCK) != 0) throw_errno("probing " + path.string());
  if (::connect(probe.get(), generic(address), sizeof address) == 0 || errno == EAGAIN)
    throw Error(Errc::conflict, path.string() + ": another daemon listens there");
  if (errno != ECONNREFUSED) throw_errno(path.string());
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) throw_errno("unlink " + path.string());
}

/// nullopt when the system has no such group.
std::optional<gid_t> find_group(const std::string& name) {
  std::string buffer(16384, '\0');
  group entry{};
  group* found = nullptr;
  if (::getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0 ||
      found == nullptr)
    return std::nullopt;
  return entry.gr_gid;
}

void open_to_group(const fs::path& path, const std::string& name) {
  const auto gid = find_group(name);
  if (!gid) {
    log::info("there is no group \"" + name + "\": " + path.string() + " is the user's own");
    return;
  }
  if (::chown(path.c_str(), static_cast<uid_t>(-1), *gid) != 0 || ::chmod(path.c_str(), 0660) != 0)
    throw_errno("giving " + path.string() + " to group " + name);
}

bool is_listening_stream(int fd) {
  int type = 0, listening = 0;
  socklen_t size = sizeof type, size2 = sizeof listening;
  return ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM &&
         ::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size2) == 0 && listening != 0;
}

/// Empty when it is no unix socket, or one without a name in the file system.
fs::path path_of(int fd) {
  sockaddr_un address{};
  socklen_t size = sizeof address;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0 ||
      address.sun_family != AF_UNIX || size <= offsetof(sockaddr_un, sun_path))
    return {};
  return std::string(address.sun_path,
                     ::strnlen(address.sun_path, size - offsetof(sockaddr_un, sun_path)));
}

/// /var/run is /run on most systems.
bool is_same_place(const fs::path& one, const fs::path& other) {
  std::error_code error;
  const fs::path first = fs::weakly_canonical(one.parent_path(), error);
  if (error) return false;
  const fs::path second = fs::weakly_canonical(other.parent_path(), error);
  return !error && first / one.filename() == second / other.filename();
}

bool has(const std::vector<UnixListener>& listeners, const fs::path& path) {
  return std::any_of(listeners.begin(), listeners.end(), [&](const UnixListener& listener) {
    return is_same_place(listener.path(), path);
  });
}

}  // namespace

UnixListener::UnixListener(fs::path path, const std::string& group) : path_(std::move(path)) {
  const sockaddr_un address = address_of(path_);
  clear_path(path_, address);
  fd_ = make_socket(AF_UNIX, SOCK_STREAM);
  // Closed to others from its first moment. No other thread runs yet that the mask could touch.
  const mode_t before = ::umask(0177);
  const int bound = ::bind(fd_.get(), generic(address), sizeof address);
  const int bind_errno = errno;
  ::umask(before);
  if (bound != 0) throw_errno("bind " + path_.string(), bind_errno);
  struct stat st {};
  if (::lstat(path_.c_str(), &st) != 0) throw_errno(path_.string());
  device_ = st.st_dev;
  inode_ = st.st_ino;
  if (!group.empty()) open_to_group(path_, group);
  if (::listen(fd_.get(), SOMAXCONN) != 0) throw_errno("listen " + path_.string());
}

UnixListener::UnixListener(UniqueFd given) : path_(path_of(given.get())), fd_(std::move(given)) {
  if (path_.empty() || !is_listening_stream(fd_.get()))
    throw Error(Errc::invalid, "descriptor " + std::to_string(fd_.get()) +
                                   " of the service manager is not a listening unix socket with a "
                                   "path (TCP addresses are named in daemon.hosts)");
}

UnixListener::UnixListener(UnixListener&& other) noexcept
    : path_(std::exchange(other.path_, {})),
      fd_(std::move(other.fd_)),
      device_(other.device_),
      inode_(other.inode_) {}

UnixListener::~UnixListener() {
  struct stat st {};
  if (!path_.empty() && inode_ != 0 && ::lstat(path_.c_str(), &st) == 0 && st.st_dev == device_ &&
      st.st_ino == inode_)
    ::unlink(path_.c_str());
}

std::vector<UnixListener> open_listeners(const config::Daemon& settings,
                                         std::vector<UniqueFd> given) {
  std::vector<UnixListener> listeners;
  for (UniqueFd& fd : given) listeners.emplace_back(std::move(fd));
  for (const std::string& host : settings.hosts) {
    if (!host.starts_with(kUnix)) continue;
    const fs::path path = host.substr(kUnix.size());
    if (has(listeners, path)) continue;
    file::make_directories(path.parent_path(), 0755);
    listeners.emplace_back(path, settings.group);
  }
  if (settings.docker_host.starts_with(kUnix)) {
    const fs::path path = settings.docker_host.substr(kUnix.size());
    try {
      if (!has(listeners, path)) listeners.emplace_back(path, settings.group);
    } catch (const Error& error) {
      log::info(std::string("not listening on Docker's own address: ") + error.what());
    }
  }
  return listeners;
}

}  // namespace gantry::daemon
