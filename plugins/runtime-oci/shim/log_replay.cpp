#include "log_replay.hpp"

#include <gantry/logfile.h>
#include <unistd.h>

#include <algorithm>

namespace gantry::shim {

void LogReplay::begin(const LogWriter& log, std::uint64_t offset) {
  if (!log.enabled()) return;
  generation_ = log.generation();
  if (offset > log.size() && generation_ > 0) --generation_;
  fd_ = log.open_generation(generation_);
  if (!fd_) return;
  offset_ = offset;
  payload_left_ = 0;
  log_ = &log;
}

void LogReplay::stop() {
  log_ = nullptr;
  fd_.reset();
}

// Positions at the payload of the next record. False at the end of the log.
bool LogReplay::next_record() {
  for (;;) {
    gantry_log_header header;
    const bool current = generation_ == log_->generation();
    if ((!current || offset_ < log_->size()) &&
        ::pread(fd_.get(), &header, sizeof header, static_cast<off_t>(offset_)) ==
            static_cast<ssize_t>(sizeof header) &&
        header.magic == GANTRY_LOG_MAGIC && header.length != 0) {
      offset_ += sizeof header;
      payload_left_ = header.length;
      stream_ = header.stream;
      return true;
    }
    if (current) return false;
    // Rotated meanwhile. Files that are already deleted again are skipped.
    do {
      fd_ = log_->open_generation(++generation_);
    } while (!fd_ && generation_ < log_->generation());
    offset_ = 0;
    if (!fd_) return false;
  }
}

std::size_t LogReplay::next(char* to, std::size_t capacity, std::uint8_t& stream) {
  if (!active()) return 0;
  if (payload_left_ == 0 && !next_record()) {
    stop();
    return 0;
  }
  const ssize_t n = ::pread(fd_.get(), to, std::min<std::size_t>(capacity, payload_left_),
                            static_cast<off_t>(offset_));
  if (n <= 0) {
    stop();
    return 0;
  }
  stream = stream_;
  offset_ += static_cast<std::uint64_t>(n);
  payload_left_ -= static_cast<std::uint32_t>(n);
  if (payload_left_ == 0) offset_ += sizeof(std::uint32_t);
  return static_cast<std::size_t>(n);
}

}  // namespace gantry::shim
