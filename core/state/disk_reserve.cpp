#include "core/state/disk_reserve.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <string>
#include <system_error>

#include "core/base/error.hpp"
#include "core/base/file.hpp"

namespace gantry::state {
namespace {

constexpr std::uintmax_t kBytes = 1u << 20;  // some hundred records

}  // namespace

DiskReserve::DiskReserve(std::filesystem::path file) : file_(std::move(file)) {
  std::error_code error;
  held_ = std::filesystem::file_size(file_, error) >= kBytes && !error;
}

bool DiskReserve::release() noexcept {
  if (!held_) return false;
  held_ = false;
  return ::unlink(file_.c_str()) == 0;
}

void DiskReserve::refill() noexcept {
  if (held_) return;
  try {
    // Written, not only sized: a hole would hold nothing back.
    const UniqueFd fd = file::open(file_, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const std::string block(64u << 10, '\x5a');
    for (std::uintmax_t done = 0; done < kBytes; done += block.size())
      file::write_all(fd.get(), block);
    held_ = true;
  } catch (const Error&) {
    ::unlink(file_.c_str());  // still no room: next time
  }
}

}  // namespace gantry::state
