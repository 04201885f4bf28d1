#include <fcntl.h>
#include <sys/event.h>

#include "core/base/error.hpp"
#include "core/base/process_exit.hpp"

namespace gantry {

UniqueFd open_process_exit(pid_t pid) {
  UniqueFd queue(::kqueue());
  if (!queue) throw_errno("kqueue");
  ::fcntl(queue.get(), F_SETFD, FD_CLOEXEC);
  struct kevent change;
  EV_SET(&change, static_cast<uintptr_t>(pid), EVFILT_PROC, EV_ADD, NOTE_EXIT, 0, nullptr);
  if (::kevent(queue.get(), &change, 1, nullptr, 0, nullptr) != 0) throw_errno("kevent");
  return queue;
}

}  // namespace gantry
