// Reads a container's log again, from an offset to its current end, for one client that attaches.
// Everything is read from the file until the end is reached in the same moment in which nothing can
// be appended (there is one thread): then the client goes on with live output, nothing lost,
// nothing double.
#pragma once

#include <cstdint>

#include "chunk.hpp"
#include "log_writer.hpp"

namespace gantry::shim {

class LogReplay {
 public:
  // An offset beyond the current file is one into its predecessor: the log was rotated in between.
  void begin(const LogWriter& log, std::uint64_t offset);
  void stop();
  bool active() const { return log_ != nullptr; }

  // The next piece of output, at most `capacity` bytes to `to`. 0: the end is reached, no longer
  // active.
  std::size_t next(char* to, std::size_t capacity, std::uint8_t& stream);

 private:
  bool next_record();

  const LogWriter* log_ = nullptr;
  UniqueFd fd_;
  std::uint64_t generation_ = 0;
  std::uint64_t offset_ = 0;
  std::uint32_t payload_left_ = 0;
  std::uint8_t stream_ = 0;
};

}  // namespace gantry::shim
