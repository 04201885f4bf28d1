#include <sys/eventfd.h>

#include <cerrno>
#include <cstdint>

#include "core/base/error.hpp"
#include "core/base/notifier.hpp"

namespace gantry {

Notifier::Notifier() : read_end_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!read_end_) throw_errno("eventfd");
}

void Notifier::notify() noexcept {
  const std::uint64_t one = 1;
  // EAGAIN means that the counter is at its limit: the flag is up already.
  while (::write(read_end_.get(), &one, sizeof one) < 0 && errno == EINTR) {
  }
}

void Notifier::drain() noexcept {
  std::uint64_t count = 0;
  while (::read(read_end_.get(), &count, sizeof count) < 0 && errno == EINTR) {
  }
}

}  // namespace gantry
