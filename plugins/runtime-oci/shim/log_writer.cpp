#include "log_writer.hpp"

#include <fcntl.h>
#include <gantry/logfile.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace gantry::shim {
bool LogWriter::open(std::string_view path, std::uint64_t max_bytes, std::uint32_t max_files,
                     Failure& why) {
  if (path.empty()) return true;
  path_ = Path(path);
  max_bytes_ = max_bytes;
  max_files_ = std::max(max_files, 1u);
  if (!open_file()) return why.set_errno(errno, Text<512>("log ", path).view());
  enabled_ = true;
  const std::uint64_t found = size_;
  size_ = end_of_complete_records(fd_.get(), found);
  if (size_ < found && ::ftruncate(fd_.get(), static_cast<off_t>(size_)) != 0) {
    return why.set_errno(errno, "log: truncate");
  }
  return true;
}

bool LogWriter::open_file() {
  fd_.reset(::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0640));
  struct stat info {};
  if (!fd_ || ::fstat(fd_.get(), &info) != 0) return false;
  size_ = static_cast<std::uint64_t>(info.st_size);
  return true;
}

void LogWriter::rotate() {
  if (max_files_ == 1) {
    ::unlink(path_.c_str());  // readers keep the old file open; the new one has its own inode
  }
  for (std::uint32_t i = max_files_ - 1; i > 0; --i) {
    Path from(path_.view()), to(path_.view(), ".");
    if (i > 1) from.add(".").add(i - 1);
    to.add(i);
    ::rename(from.c_str(), to.c_str());
  }
  ++generation_;
  size_ = 0;    // also when there is no new file yet: nothing more is to be moved for it
  open_file();  // failing, it is tried again, and told, with the next record
}

UniqueFd LogWriter::open_generation(std::uint64_t generation) const {
  if (!enabled_ || generation > generation_) return UniqueFd();
  Path path(path_.view());
  if (generation < generation_) path.add(".").add(generation_ - generation);
  return UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
}

// How much of the output goes into the next record: all of it, unless a file would grow far beyond
// its limit; then up to the last line end that fits.
std::size_t LogWriter::next_payload(const char* data, std::size_t size) const {
  std::size_t limit = GANTRY_LOG_MAX_PAYLOAD;
  if (max_bytes_ != 0) {
    const std::uint64_t fits =
        max_bytes_ > kRecordOverhead + 4096 ? max_bytes_ - kRecordOverhead : 4096;
    limit = static_cast<std::size_t>(std::min<std::uint64_t>(limit, fits));
  }
  if (size <= limit) return size;
  const void* line_end = ::memrchr(data, '\n', limit);
  return line_end == nullptr
             ? limit
             : static_cast<std::size_t>(static_cast<const char*>(line_end) - data) + 1;
}

void LogWriter::append(std::uint8_t stream, const char* data, std::size_t size,
                       std::int64_t time_ns) {
  if (!enabled_) return;
  if (torn_) lost_bytes_ += size;
  while (size > 0 && !torn_) {
    const std::size_t payload = next_payload(data, size);
    if (max_bytes_ != 0 && size_ != 0 && size_ + payload + kRecordOverhead > max_bytes_) rotate();
    const bool was_failing = failing_errno_ != 0;
    if (write_record(stream, data, payload, time_ns)) {
      failing_errno_ = 0;
    } else {
      failing_errno_ = errno;
      lost_bytes_ += payload;
      failure_notice_ = failure_notice_ || !was_failing;
    }
    data += payload;
    size -= payload;
  }
}

bool LogWriter::write_record(std::uint8_t stream, const char* data, std::size_t size,
                             std::int64_t time_ns) {
  if (!fd_ && !open_file()) return false;
  gantry_log_header header{};
  header.magic = GANTRY_LOG_MAGIC;
  header.length = static_cast<std::uint32_t>(size);
  header.time_ns = time_ns;
  header.stream = stream;
  std::uint32_t total = static_cast<std::uint32_t>(size + kRecordOverhead);
  iovec parts[3] = {
      {&header, sizeof header}, {const_cast<char*>(data), size}, {&total, sizeof total}};
  ssize_t n;
  do {
    n = ::writev(fd_.get(), parts, 3);
  } while (n < 0 && errno == EINTR);
  if (n == static_cast<ssize_t>(total)) {
    size_ += total;
    return true;
  }
  const int error = n < 0 ? errno : ENOSPC;  // a short write to a file: the disk is full
  if (n > 0 && ::ftruncate(fd_.get(), static_cast<off_t>(size_)) != 0) {
    torn_ = true;  // never append behind it
  }
  errno = error;
  return false;
}

bool LogWriter::take_failure_notice() {
  const bool notice = failure_notice_;
  failure_notice_ = false;
  return notice;
}

}  // namespace gantry::shim
