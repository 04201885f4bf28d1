#include <fcntl.h>
#include <sys/event.h>
#include <sys/time.h>

#include <cerrno>
#include <system_error>

#include "resolver/poller.hpp"

namespace net_dns {

namespace {

constexpr int kBatch = 64;

void set(int queue, int fd, std::int16_t filter, bool on) {
  struct kevent event {};
  EV_SET(&event, static_cast<uintptr_t>(fd), filter, on ? EV_ADD : EV_DELETE, 0, 0, nullptr);
  if (::kevent(queue, &event, 1, nullptr, 0, nullptr) != 0 && on)
    throw std::system_error(errno, std::generic_category(), "kevent");
}

void set_interest(int queue, int fd, Poller::Interest interest) {
  set(queue, fd, EVFILT_READ, interest != Poller::Interest::write);
  set(queue, fd, EVFILT_WRITE, interest != Poller::Interest::read);
}

}  // namespace

Poller::Poller() : queue_(::kqueue()) {
  if (!queue_) throw std::system_error(errno, std::generic_category(), "kqueue");
  ::fcntl(queue_.get(), F_SETFD, FD_CLOEXEC);
}

void Poller::add(int fd, Handler& handler, Interest interest) {
  set_interest(queue_.get(), fd, interest);
  const auto index = static_cast<std::size_t>(fd);
  if (handlers_.size() <= index) handlers_.resize(index + 1, nullptr);
  handlers_[index] = &handler;
}

void Poller::change(int fd, Interest interest) { set_interest(queue_.get(), fd, interest); }

void Poller::remove(int fd) {
  set(queue_.get(), fd, EVFILT_READ, false);
  set(queue_.get(), fd, EVFILT_WRITE, false);
  handlers_[static_cast<std::size_t>(fd)] = nullptr;
}

void Poller::run_once(int timeout_ms) {
  struct kevent events[kBatch];
  const timespec limit{timeout_ms / 1000, (timeout_ms % 1000) * 1000000L};
  const int count =
      ::kevent(queue_.get(), nullptr, 0, events, kBatch, timeout_ms < 0 ? nullptr : &limit);
  for (int i = 0; i < count; ++i) {
    Handler* handler = handlers_[static_cast<std::size_t>(events[i].ident)];
    if (handler) handler->ready();
  }
}

}  // namespace net_dns
