// Exclusive use of something named by a file, for as long as this lives; a lock of a process that
// ended is free, however it ended. The file holds the owner's process id and stays. One thread.
// Errors: gantry::Error.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>

#include "core/base/unique_fd.hpp"

namespace gantry {

class LockFile {
 public:
  /// nullopt when another process (or another LockFile of this one) holds it.
  static std::optional<LockFile> try_lock(const std::filesystem::path& path);
  /// Who holds it, as the file says; 0: unknown.
  static pid_t owner(const std::filesystem::path& path);

 private:
  explicit LockFile(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace gantry
