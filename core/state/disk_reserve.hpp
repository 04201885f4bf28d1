// Disk space held back for the journal: on a full disk ends and removals must still be recorded, or
// nobody could ever make room. It lies behind the end of SQLite's write-ahead log, where the next
// records go, so that nobody else gets it first (on copy-on-write filesystems, where each write
// needs new room, others may). Not thread-safe: the journal's mutex covers it.
#pragma once

#include <filesystem>

#include "core/base/unique_fd.hpp"

namespace gantry::state {

class DiskReserve {
 public:
  /// Nothing is held yet.
  DiskReserve() = default;
  /// `log` is there, and stays; its descriptor is no one's that has locks on the file.
  explicit DiskReserve(const std::filesystem::path& log);
  /// Holds back what is missing; false when the disk has no room for it. Where a filesystem holds
  /// nothing back there is always room.
  bool fill() noexcept;

 private:
  UniqueFd log_;
};

}  // namespace gantry::state
