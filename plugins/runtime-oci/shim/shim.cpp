#include "shim.hpp"

#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace gantry::shim {

Shim::Shim()
    : connections_(loop_, *this, events_),
      container_(loop_, events_, connections_, *this),
      execs_(loop_, events_, connections_, container_),
      ports_(loop_) {}

bool Shim::open() {
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  ::sigprocmask(SIG_BLOCK, &child, nullptr);
  signals_.reset(::signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals_ || !loop_.open()) return false;
  signals_watch_.bind<&Shim::on_child>(loop_, signals_.get(), this);
  signals_watch_.want(EPOLLIN);
  return true;
}

void Shim::run(UniqueFd control) {
  if (!open()) return;
  creator_ = connections_.adopt(std::move(control)).serial();
  loop_.run([](void* self) { return static_cast<Shim*>(self)->sweep(); }, this);
  connections_.stop_listening();
}

bool Shim::sweep() {
  connections_.sweep();
  if (creator_ != 0 && connections_.find(creator_) == nullptr) {
    creator_ = 0;
    container_.abandon();
  }
  container_.sweep();
  execs_.sweep();
  ports_.sweep();
  connections_.resume();
  return !container_.finished() || container_.clients() > 0 || !execs_.empty();
}

void Shim::on_child(std::uint32_t) {
  signalfd_siginfo info;
  while (::read(signals_.get(), &info, sizeof info) > 0) {
  }
  for (;;) {
    int status = 0;
    const pid_t pid = ::waitpid(-1, &status, WNOHANG);
    if (pid < 0 && errno == EINTR) continue;
    if (pid <= 0) return;
    execs_.child_ended(pid, status);
    container_.child_ended(pid, status);
  }
}

}  // namespace gantry::shim
