// A log driver's calls with their arguments in C++, and the rules that every write is held to: the
// number of taken lines is set, and fits what the call said.
#pragma once

#include <gantry/logging.h>

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "conformance/calls.hpp"
#include "conformance/subject.hpp"

namespace conformance::logging {

using Clock = std::chrono::steady_clock;

struct Line {
  std::string text;
  std::uint8_t stream = 1;
  std::uint32_t piece = 0;
  bool last = true;
};

/// An operation that is cancelled when `cancelled` says so.
class Operation {
 public:
  explicit Operation(std::function<bool()> cancelled = [] { return false; });
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;
  operator const gantry_op*() const { return &op_; }

 private:
  static std::int32_t ask(void* ctx);
  std::function<bool()> cancelled_;
  gantry_op op_;
};

struct Written {
  Outcome outcome;
  std::uint32_t taken = 0;
  std::chrono::milliseconds took{0};
};

class LogDriver {
 public:
  explicit LogDriver(Subject& subject) : subject_(subject) {}

  /// Options of the command line, as JSON.
  std::string options() const;
  Outcome check(const std::string& options) const;
  /// The document of the container with these options; `more`: members besides, ",…".
  Outcome open(const std::string& id, const std::string& more = "") const;
  Outcome open_document(const std::string& id, const std::string& document) const;
  Written write(const std::string& id, const std::vector<Line>& lines,
                const Operation& op = Operation()) const;
  Outcome close(const std::string& id) const;

  /// All lines must be taken.
  void must_take(const std::string& id, const std::vector<Line>& lines) const;
  void restart() { subject_.restart(); }

 private:
  const gantry_logging& table() const { return subject_.table<gantry_logging>(); }
  void* self() const { return subject_.self(); }
  Subject& subject_;
};

/// A container's stream for one case; closed at the end if it is still there.
class ScopedStream {
 public:
  ScopedStream(const LogDriver& driver, std::string id);
  ScopedStream(const ScopedStream&) = delete;
  ScopedStream& operator=(const ScopedStream&) = delete;
  ~ScopedStream();
  const std::string& id() const { return id_; }

 private:
  const LogDriver driver_;
  const std::string id_;
};

/// GANTRY_UNAVAILABLE or GANTRY_TIMEOUT: the lines come again later.
bool comes_again(const Outcome& outcome);

/// What the peer of the driver is like: Settings::peer.
void run_absent_peer(Subject& subject, Report& report);
void run_stuck_peer(Subject& subject, Report& report);

}  // namespace conformance::logging
