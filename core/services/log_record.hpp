// The layout of container log files, as sdk/include/gantry/logfile.h defines it for supervisors
// (the core includes no C ABI outside pluginhost; a unit test keeps both equal). Data only.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/base/time.hpp"

namespace gantry::services {

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
  std::uint64_t offset = 0;  // of the record in its file
};

}  // namespace gantry::services
