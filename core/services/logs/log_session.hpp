// One reading of a container's log: what is there, then what is appended. One thread.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include "core/services/logs/log_set.hpp"

namespace gantry::services {

/// Which part of a log is wanted.
struct LogWindow {
  bool out = true, err = true;
  UnixNanos since = 0, until = 0;  // 0: open
  bool rotated_only = false;       // all files but the current one
  /// Where reading begins; empty: with the oldest record.
  std::function<LogStart(const LogSet&)> start;
};

class LogSession {
 public:
  LogSession(std::filesystem::path path, LogWindow window, LogConsumer& consumer);

  enum class End { caught_up, done };
  /// Gives everything there is now. `done`: the consumer wants no more, or `until` is reached.
  End read();
  /// Goes on with the file that followed the current one, which was renamed. False: there is none.
  bool next_file();
  void finish() { consumer_.finish(); }
  /// The file being read last; nullptr: there is none yet.
  const LogFile* current() const { return cursor_ ? &cursor_->file() : nullptr; }
  /// Frees the buffers while nothing comes.
  void rest() {
    if (cursor_) cursor_->rest();
  }
  /// Opens the log when it did not exist before.
  bool try_open();

 private:
  bool add(const LogRecord& record);
  End read_file();

  const LogWindow window_;
  const std::filesystem::path path_;
  LogConsumer& consumer_;
  LogSet set_;
  LogStart start_;
  bool since_reached_ = false;
  size_t file_ = 0;  // index in set_ of the file under the cursor
  std::optional<LogForward> cursor_;
};

}  // namespace gantry::services
