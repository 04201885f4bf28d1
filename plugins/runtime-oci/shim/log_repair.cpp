#include <gantry/logfile.h>
#include <string.h>
#include <unistd.h>

#include "log_writer.hpp"

namespace gantry::shim {
namespace {

bool read_at(int fd, std::uint64_t offset, void* to, std::size_t size) {
  return ::pread(fd, to, size, static_cast<off_t>(offset)) == static_cast<ssize_t>(size);
}

bool plausible(const gantry_log_header& header) {
  return header.magic == GANTRY_LOG_MAGIC && header.length >= 1 &&
         header.length <= GANTRY_LOG_MAX_PAYLOAD && (header.stream == 1 || header.stream == 2);
}

// Where the next header may be; file_size: nowhere.
std::uint64_t next_magic(int fd, std::uint64_t at, std::uint64_t file_size) {
  const std::uint32_t magic = GANTRY_LOG_MAGIC;
  char block[4096];
  for (;;) {
    const ssize_t size = ::pread(fd, block, sizeof block, static_cast<off_t>(at));
    if (size < static_cast<ssize_t>(sizeof magic)) return file_size;
    const auto held = static_cast<std::size_t>(size);
    if (const void* found = ::memmem(block, held, &magic, sizeof magic))
      return at + static_cast<std::size_t>(static_cast<const char*>(found) - block);
    at += held - (sizeof magic - 1);
  }
}

// A complete record that ends at `end`?
bool record_ends_at(int fd, std::uint64_t end) {
  std::uint32_t total = 0;
  gantry_log_header header;
  return end > kRecordOverhead && read_at(fd, end - sizeof total, &total, sizeof total) &&
         total > kRecordOverhead && total <= end &&
         read_at(fd, end - total, &header, sizeof header) && plausible(header) &&
         header.length + kRecordOverhead == total;
}

}  // namespace

std::uint64_t end_of_complete_records(int fd, std::uint64_t file_size) {
  if (file_size == 0 || record_ends_at(fd, file_size)) return file_size;
  // Torn: only after a crash in the middle of a write. Walk all records from the start, over damage
  // as readers do.
  std::uint64_t last = 0;
  for (std::uint64_t at = 0; at < file_size;) {
    gantry_log_header header;
    if (!read_at(fd, at, &header, sizeof header)) break;
    if (plausible(header)) {
      const std::uint64_t end = at + header.length + kRecordOverhead;
      std::uint32_t total = 0;
      if (end <= file_size && read_at(fd, end - sizeof total, &total, sizeof total) &&
          total == end - at) {
        last = at = end;
        continue;
      }
    }
    at = next_magic(fd, at + 1, file_size);
  }
  return last;
}

}  // namespace gantry::shim
