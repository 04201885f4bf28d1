// Turns log records into what docker logs sends: one frame per line (long ones in pieces of 16
// KiB), with timestamps and details, many frames per write. Lines that span records are joined. One
// thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "core/services/logs/log_record.hpp"

namespace gantry::services {

struct LogFormat {
  bool framed = true;
  bool timestamps = false;
  std::string details;  // printed as it is before each line; empty: none
};

/// False: the client is gone.
using LogSink = std::function<bool(std::string_view)>;

class LogFramer final : public LogConsumer {
 public:
  LogFramer(LogFormat format, LogSink sink) : format_(std::move(format)), sink_(std::move(sink)) {}

  bool add(const LogRecord& record, std::string_view payload) override;
  bool flush() override;
  bool finish() override;

 private:
  bool add_lines(size_t stream, std::string_view payload);
  void emit(size_t stream, std::string_view line);
  void set_time(UnixNanos time);

  const LogFormat format_;
  const LogSink sink_;
  std::string out_;
  std::string carry_[2];  // begun lines of stdout and stderr
  UnixNanos time_ = -1;
  std::string prefix_;  // timestamp and details of the current record
};

}  // namespace gantry::services
