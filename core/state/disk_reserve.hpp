// Disk space held back for the journal: on a full disk a removal must still be recorded, or nobody
// could ever make room. Not thread-safe: the journal's mutex covers it. Nothing here throws.
#pragma once

#include <filesystem>

namespace gantry::state {

class DiskReserve {
 public:
  explicit DiskReserve(std::filesystem::path file);
  /// Gives the space back to the file system; false when there was none to give.
  bool release() noexcept;
  /// Takes the space again if it was released and the disk has room.
  void refill() noexcept;

 private:
  const std::filesystem::path file_;
  bool held_ = false;
};

}  // namespace gantry::state
