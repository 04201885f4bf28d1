// The unix sockets the engine listens on. Belongs to the main thread.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "core/base/unique_fd.hpp"
#include "core/config/config.hpp"

namespace gantry::daemon {

/// A bound, listening unix socket; its path is removed with it, unless something else has taken the
/// path.
class UnixListener {
 public:
  /// Mode 0660 and that group, or 0600 when `group` is empty. A socket that nobody listens on is
  /// replaced. Throws Error{conflict} when somebody does, or when the path is not a socket.
  UnixListener(std::filesystem::path path, const std::string& group);
  /// One that the service manager made: its path, mode and group are the manager's, and stay when
  /// this goes. Throws Error{invalid} for anything but a listening unix socket with a path.
  explicit UnixListener(UniqueFd given);
  UnixListener(UnixListener&& other) noexcept;
  UnixListener& operator=(UnixListener&&) = delete;
  ~UnixListener();

  const std::filesystem::path& path() const { return path_; }
  /// For the server; the path stays ours.
  UniqueFd take_fd() { return std::move(fd_); }

 private:
  std::filesystem::path path_;
  UniqueFd fd_;
  dev_t device_ = 0;
  ino_t inode_ = 0;  // 0: the path is not ours to remove
};

/// The sockets of the service manager and all unix sockets of the configuration; what is both is
/// the manager's. Docker's own address is left alone, with a line in the log, where it cannot be
/// had; any other that cannot is an error.
std::vector<UnixListener> open_listeners(const config::Daemon& settings,
                                         std::vector<UniqueFd> given);

}  // namespace gantry::daemon
