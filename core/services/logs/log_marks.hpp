// How far a log has been taken by its driver, and the small file that keeps this over the daemon's
// death. Belongs to one thread. Errors: gantry::Error.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>

#include "core/base/unique_fd.hpp"
#include "core/services/logs/log_set.hpp"

namespace gantry::services {

/// A place in a log that rotation does not move: in the file that is told by inode and first
/// record.
struct LogMark {
  ino_t inode = 0;
  UnixNanos first_time = 0;
  std::uint64_t offset = 0;
  size_t byte = 0;  // of the record's payload
};

/// Up to where each stream is taken; [0] stdout, [1] stderr.
struct LogMarks {
  LogMark streams[2];
  /// What follows them. A file that is not there any more: everything that is.
  LogStart start(const LogSet& set) const;
};

class LogMarkFile {
 public:
  /// Made when it is not there.
  explicit LogMarkFile(const std::filesystem::path& path);
  /// nullopt: nothing was taken yet, or the file is damaged.
  std::optional<LogMarks> read() const;
  /// Survives the daemon at once, the machine when the kernel has written it.
  void write(const LogMarks& marks) const;

 private:
  const UniqueFd fd_;
};

}  // namespace gantry::services
