// Cuts a container's log into lines for its driver, many at a time, and knows with each how far the
// log is taken once the driver has it. One thread.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/pluginhost/log_driver.hpp"
#include "core/services/logs/log_marks.hpp"
#include "core/services/logs/log_record.hpp"

namespace gantry::services {

class LogLines final : public LogConsumer {
 public:
  /// Lines in order, and beside each the marks once it is taken. False: nothing more is wanted.
  using Deliver =
      std::function<bool(std::span<const pluginhost::LogLine>, std::span<const LogMarks>)>;

  /// `from`: up to where the log is taken before the first record.
  LogLines(const LogMarks& from, Deliver deliver) : marks_(from), deliver_(std::move(deliver)) {}

  bool add(const LogRecord& record, std::string_view payload) override;
  bool flush() override;
  bool finish() override;

 private:
  struct Stream {
    std::string begun;         // of a line whose end has not come
    std::uint32_t pieces = 0;  // of it that were put out already
    UnixNanos time = 0;        // when it began, also of its pieces
    LogMark seen;              // up to where records of this stream came
  };
  void put(size_t stream, bool last);
  LogMark mark_at(const LogRecord& record, size_t byte);

  LogMarks marks_;
  const Deliver deliver_;
  Stream streams_[2];
  const LogFile* file_ = nullptr;
  LogMark file_mark_;  // of the beginning of file_
  std::string texts_;
  std::vector<pluginhost::LogLine> lines_;  // their texts are set when they are delivered
  std::vector<size_t> ends_;                // of each text in texts_
  std::vector<LogMarks> after_;
};

}  // namespace gantry::services
