// All files of one container's log in order, and where in them reading begins for `tail` and
// `since`. Belongs to one thread. Errors: gantry::Error.
#pragma once

#include <compare>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "core/services/logs/log_file.hpp"

namespace gantry::services {

/// A place in the log: file (oldest is 0), offset of a record in it, byte in its payload.
struct LogPosition {
  size_t file = 0;
  std::uint64_t offset = 0;
  size_t byte = 0;
  auto operator<=>(const LogPosition&) const = default;
};

/// Where each stream begins; [0] stdout, [1] stderr. Lines of both are interleaved by records, so a
/// line of one may have begun before the first wanted line of the other.
struct LogStart {
  LogPosition streams[2];
  const LogPosition& first() const { return streams[0] < streams[1] ? streams[0] : streams[1]; }
  const LogPosition& of(int stream) const { return streams[stream == 2 ? 1 : 0]; }
};

class LogSet {
 public:
  /// The files that are there now: path.N … path.1, path. A rotation under way is waited out by
  /// trying again.
  static LogSet open(const std::filesystem::path& path);

  const std::vector<std::shared_ptr<LogFile>>& files() const { return files_; }
  bool empty() const { return files_.empty(); }

  /// Beginning of the current file.
  LogStart current() const;
  /// Beginning of the last `lines` lines of both streams together, as Docker counts.
  LogStart last_lines(std::uint64_t lines) const;
  /// Beginning of the lines that were complete at `time` or later.
  LogStart since(UnixNanos time) const;

 private:
  class Walk;
  std::vector<std::shared_ptr<LogFile>> files_;
};

}  // namespace gantry::services
