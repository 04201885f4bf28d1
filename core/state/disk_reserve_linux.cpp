#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "core/base/file.hpp"
#include "core/state/disk_reserve.hpp"

namespace gantry::state {
namespace {

constexpr off_t kBytes = 1 << 20;  // some fifty records

}  // namespace

DiskReserve::DiskReserve(const std::filesystem::path& log) : log_(file::open(log, O_RDWR)) {}

bool DiskReserve::fill() noexcept {
  struct stat status {};
  if (!log_ || ::fstat(log_.get(), &status) != 0) return true;
  while (::fallocate(log_.get(), FALLOC_FL_KEEP_SIZE, status.st_size, kBytes) != 0) {
    if (errno == EINTR) continue;
    return errno != ENOSPC && errno != EDQUOT;
  }
  return true;
}

}  // namespace gantry::state
