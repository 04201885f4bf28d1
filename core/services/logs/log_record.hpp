// The layout of container log files, as sdk/include/gantry/logfile.h defines it for supervisors
// (the core includes no C ABI outside pluginhost; a unit test keeps both equal). Data only.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/base/time.hpp"

namespace gantry::services {

class LogFile;

struct LogHeader {
  std::uint32_t magic;
  std::uint32_t length;  // payload bytes
  std::int64_t time_ns;
  std::uint8_t stream;
  std::uint8_t reserved[7];
};
inline constexpr std::uint32_t kLogMagic = 0x31474c47;
inline constexpr std::uint32_t kLogMaxPayload = 1u << 20;
/// Header and trailer around a payload.
inline constexpr std::uint32_t kLogOverhead = sizeof(LogHeader) + sizeof(std::uint32_t);

/// A record as read; the payload is a view into the reader's buffer until its next call.
struct LogRecord {
  UnixNanos time = 0;
  int stream = 0;  // 1 stdout, 2 stderr
  std::string_view payload;
  std::uint64_t offset = 0;       // of the record in its file
  const LogFile* file = nullptr;  // as long as the reader reads it
};

/// What becomes of records. One thread. False: nothing more is wanted.
class LogConsumer {
 public:
  virtual ~LogConsumer() = default;
  /// `payload`: of the record, or its wanted end.
  virtual bool add(const LogRecord& record, std::string_view payload) = 0;
  /// What was added is all there is at the moment.
  virtual bool flush() = 0;
  /// What was added is all there will be: unfinished lines are at their end.
  virtual bool finish() = 0;
};

}  // namespace gantry::services
