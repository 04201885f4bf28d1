#include <sys/epoll.h>

#include <cerrno>
#include <system_error>

#include "resolver/poller.hpp"

namespace net_dns {

namespace {

constexpr int kBatch = 64;

std::uint32_t mask_of(Poller::Interest interest) {
  switch (interest) {
    case Poller::Interest::write:
      return EPOLLOUT;
    case Poller::Interest::both:
      return EPOLLIN | EPOLLOUT;
    default:
      return EPOLLIN;
  }
}

void control(int queue, int operation, int fd, std::uint32_t mask) {
  epoll_event event{};
  event.events = mask;
  event.data.fd = fd;
  if (::epoll_ctl(queue, operation, fd, &event) != 0)
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
}

}  // namespace

Poller::Poller() : queue_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (!queue_) throw std::system_error(errno, std::generic_category(), "epoll_create");
}

void Poller::add(int fd, Handler& handler, Interest interest) {
  control(queue_.get(), EPOLL_CTL_ADD, fd, mask_of(interest));
  const auto index = static_cast<std::size_t>(fd);
  if (handlers_.size() <= index) handlers_.resize(index + 1, nullptr);
  handlers_[index] = &handler;
}

void Poller::change(int fd, Interest interest) {
  control(queue_.get(), EPOLL_CTL_MOD, fd, mask_of(interest));
}

void Poller::remove(int fd) {
  // Others may hold the same open file: closing ours would not end the registration.
  ::epoll_ctl(queue_.get(), EPOLL_CTL_DEL, fd, nullptr);
  handlers_[static_cast<std::size_t>(fd)] = nullptr;
}

void Poller::run_once(int timeout_ms) {
  epoll_event events[kBatch];
  const int count = ::epoll_wait(queue_.get(), events, kBatch, timeout_ms);
  for (int i = 0; i < count; ++i) {
    // A handler before may have removed this one.
    Handler* handler = handlers_[static_cast<std::size_t>(events[i].data.fd)];
    if (handler) handler->ready();
  }
}

}  // namespace net_dns
