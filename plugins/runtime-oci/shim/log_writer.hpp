// Appends a container's output to its log (gantry/logfile.h) and rotates it.
//
// A record is written by one writev at the known end of the file; what a full disk cuts off is
// truncated away again. A log that can't be written loses output (counted) but never holds up the
// container, and goes on with the next record that fits.
#pragma once

#include <gantry/logfile.h>
#include <sys/types.h>

#include <cstdint>
#include <string_view>

#include "../protocol/unique_fd.hpp"
#include "failure.hpp"
#include "text.hpp"

namespace gantry::shim {

/// What a record takes beside its payload.
inline constexpr std::size_t kRecordOverhead = sizeof(gantry_log_header) + sizeof(std::uint32_t);

class LogWriter {
 public:
  // path "": keeps no log. An incomplete record at the end of an existing log is removed.
  bool open(std::string_view path, std::uint64_t max_bytes, std::uint32_t max_files, Failure& why);
  bool enabled() const { return enabled_; }

  // One or more records. time_ns: when it was read.
  void append(std::uint8_t stream, const char* data, std::size_t size, std::int64_t time_ns);

  // For replaying. Files are numbered by generation: the current one is generation(), its
  // predecessor (path.1) one less.
  std::uint64_t generation() const { return generation_; }
  std::uint64_t size() const { return size_; }
  UniqueFd open_generation(std::uint64_t generation) const;

  std::uint64_t lost_bytes() const { return lost_bytes_; }
  int failing_errno() const { return failing_errno_; }  // 0: the last record was written
  // True once after the log began to fail.
  bool take_failure_notice();

 private:
  bool open_file();
  void rotate();
  std::size_t next_payload(const char* data, std::size_t size) const;
  bool write_record(std::uint8_t stream, const char* data, std::size_t size, std::int64_t time_ns);

  Path path_;
  bool enabled_ = false;
  bool torn_ = false;  // the file ends in a part of a record that cannot be removed
  UniqueFd fd_;
  std::uint64_t size_ = 0;
  std::uint64_t max_bytes_ = 0;
  std::uint32_t max_files_ = 1;
  std::uint64_t generation_ = 0;
  std::uint64_t lost_bytes_ = 0;
  int failing_errno_ = 0;
  bool failure_notice_ = false;
};

// Where the last complete record of a log ends.
std::uint64_t end_of_complete_records(int fd, std::uint64_t file_size);

}  // namespace gantry::shim
