#include <fcntl.h>
#include <sys/event.h>

#include <cerrno>
#include <cstdint>

#include "core/base/error.hpp"
#include "core/base/process_exit.hpp"

namespace gantry {
namespace {

bool add(int queue, uintptr_t ident, int filter, unsigned flags, unsigned notes) {
  struct kevent change;
  EV_SET(&change, ident, static_cast<std::int16_t>(filter), static_cast<std::uint16_t>(flags),
         notes, 0, nullptr);
  return ::kevent(queue, &change, 1, nullptr, 0, nullptr) == 0;
}

}  // namespace

UniqueFd open_process_exit(pid_t pid) {
  UniqueFd queue(::kqueue());
  if (!queue) throw_errno("kqueue");
  ::fcntl(queue.get(), F_SETFD, FD_CLOEXEC);
  if (add(queue.get(), static_cast<uintptr_t>(pid), EVFILT_PROC, EV_ADD, NOTE_EXIT)) return queue;
  // A child that has ended and waits to be reaped is not found any more.
  if (errno != ESRCH || !add(queue.get(), 0, EVFILT_USER, EV_ADD, 0) ||
      !add(queue.get(), 0, EVFILT_USER, 0, NOTE_TRIGGER))
    throw_errno("kevent");
  return queue;
}

}  // namespace gantry
