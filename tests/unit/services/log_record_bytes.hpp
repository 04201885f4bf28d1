// Records of container logs as supervisors write them (sdk/include/gantry/logfile.h).
#pragma once

#include <gantry/logfile.h>

#include <cstring>
#include <string>

namespace gantry::test {

inline std::string log_record(std::int64_t time, int stream, const std::string& payload) {
  gantry_log_header header{};
  header.magic = GANTRY_LOG_MAGIC;
  header.length = static_cast<std::uint32_t>(payload.size());
  header.time_ns = time;
  header.stream = static_cast<std::uint8_t>(stream);
  const auto whole =
      static_cast<std::uint32_t>(sizeof header + payload.size() + sizeof(std::uint32_t));
  std::string bytes(whole, '\0');
  std::memcpy(bytes.data(), &header, sizeof header);
  std::memcpy(bytes.data() + sizeof header, payload.data(), payload.size());
  std::memcpy(bytes.data() + whole - sizeof whole, &whole, sizeof whole);
  return bytes;
}

}  // namespace gantry::test
