// One reading of a container's log: backlog, then what is appended. One thread.
#pragma once

#include <memory>
#include <optional>

#include "core/services/container_logs.hpp"
#include "core/services/log_set.hpp"

namespace gantry::services {

class LogSession {
 public:
  LogSession(const domain::ContainerRecord& record, const LogQuery& query, const LogSink& sink);

  enum class End { caught_up, done };
  /// Sends everything there is now. `done`: the client is gone, or `until` is reached.
  End read();
  /// The current file was renamed: goes on with the one that followed it.
  void next_file();
  /// Sends unfinished lines, too.
  void finish() { framer_.finish(); }
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

  const LogQuery query_;
  const std::filesystem::path path_;
  LogSet set_;
  LogStart start_;
  size_t file_ = 0;  // index in set_ of the file under the cursor
  std::optional<LogForward> cursor_;
  LogFramer framer_;
};

}  // namespace gantry::services
