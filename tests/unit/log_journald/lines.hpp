// Lines and operations as a host makes them.
#pragma once

#include <functional>
#include <gantry/cpp/logging.hpp>
#include <string_view>

namespace log_journald::test {

enum Stream : std::uint8_t { kStdout = 1, kStderr = 2 };

/// `text` must live as long as the line.
class Line {
 public:
  explicit Line(std::string_view text, Stream stream = kStdout, std::uint32_t piece = 0,
                bool last = true, std::int64_t time_ns = 1'700'000'000'120'000'000) {
    line_.size = sizeof line_;
    line_.stream = stream;
    line_.last = last ? 1 : 0;
    line_.piece = piece;
    line_.time_ns = time_ns;
    line_.text = {text.data(), text.size()};
  }
  operator gantry::sdk::LogLine() const { return gantry::sdk::LogLine(line_); }

 private:
  gantry_log_line line_{};
};

/// Asks `cancelled` whenever the driver looks.
class Operation {
 public:
  explicit Operation(std::function<bool()> cancelled) : cancelled_(std::move(cancelled)) {}
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;
  operator gantry::sdk::Op() const { return gantry::sdk::Op(&op_); }
  void set_deadline(std::int64_t time_ns) { op_.deadline_ns = time_ns; }

 private:
  static std::int32_t ask(void* ctx) { return static_cast<Operation*>(ctx)->cancelled_() ? 1 : 0; }
  std::function<bool()> cancelled_;
  gantry_op op_{sizeof(gantry_op), 0, this, &Operation::ask, nullptr, 0};
};

}  // namespace log_journald::test
