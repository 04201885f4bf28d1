#include "core/http/input_buffer.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "core/base/error.hpp"

namespace gantry::http {
namespace {

constexpr size_t kInitialBlock = 4096;  // nearly every head; an idle connection holds no more
constexpr size_t kBodyBlock = 16384;
constexpr size_t kMinimumRoom = 1024;

// What a client may take between an answer and its next request to be looked for without sleeping.
// When this thread sleeps both sides' wake-ups are in that time, about 40 us each in virtual
// machines.
constexpr std::chrono::microseconds kBriskWait{50};
constexpr std::chrono::microseconds kBriskWithWakeUps{120};

void wait_readable(int fd, const Deadline& deadline) {
  pollfd p{fd, POLLIN, 0};
  for (;;) {
    const int n = ::poll(&p, 1, poll_timeout(deadline));
    if (n > 0) return;
    if (n < 0 && errno != EINTR) throw_errno("poll");
    if (n == 0 && is_over(deadline)) throw Error(Errc::timeout, "the client stopped sending");
  }
}

size_t receive(int fd, char* into, size_t size, Deadline deadline) {
  for (;;) {
    // With a deadline first without waiting: mostly the bytes are there, and poll(2) is saved.
    const ssize_t n = ::recv(fd, into, size, deadline ? MSG_DONTWAIT : 0);
    if (n >= 0) return static_cast<size_t>(n);
    if (errno == EINTR) continue;
    if (deadline && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      wait_readable(fd, deadline);
      continue;
    }
    throw Error(Errc::cancelled, "the client's connection broke", errno);
  }
}

}  // namespace

InputBuffer::InputBuffer(int fd)
    : fd_(fd), block_(new char[kInitialBlock]), capacity_(kInitialBlock) {}

void InputBuffer::make_room() {
  if (begin_ == end_) begin_ = end_ = floor_;
  if (capacity_ - end_ >= kMinimumRoom) return;
  const size_t size = end_ - begin_;
  if (floor_ == 0 && begin_ > 0 && capacity_ - size >= kMinimumRoom) {
    std::memmove(block_.get(), block_.get() + begin_, size);
  } else {
    const size_t wanted = std::max(2 * size, floor_ > 0 ? kBodyBlock : 2 * capacity_);
    std::unique_ptr<char[]> larger(new char[wanted]);
    std::memcpy(larger.get(), block_.get() + begin_, size);
    if (floor_ > 0) kept_ = std::move(block_);
    floor_ = 0;
    block_ = std::move(larger);
    capacity_ = wanted;
  }
  begin_ = 0;
  end_ = size;
}

bool InputBuffer::fill(Deadline deadline) {
  make_room();
  const size_t n = receive(fd_, block_.get() + end_, capacity_ - end_, deadline);
  end_ += n;
  return n > 0;
}

bool InputBuffer::fill_next() {
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  if (brisk_) {
    make_room();
    do {
      const ssize_t n = ::recv(fd_, block_.get() + end_, capacity_ - end_, MSG_DONTWAIT);
      if (n >= 0) {
        end_ += static_cast<size_t>(n);
        return n > 0;
      }
      if (errno != EAGAIN && errno != EWOULDBLOCK) break;  // fill() deals with it
      std::this_thread::yield();  // the client may be waiting for this processor
    } while (Clock::now() - begin < kBriskWait);
  }
  const bool more = fill({});
  // A client that has just been waited for in vain is not looked for again at once.
  brisk_ = !brisk_ && Clock::now() - begin < kBriskWithWakeUps;
  return more;
}

size_t InputBuffer::read_directly(char* into, size_t size, Deadline deadline) {
  return receive(fd_, into, size, deadline);
}

void InputBuffer::keep(size_t size) {
  // Everything in front of the unread bytes stays; what was consumed earlier costs nothing there.
  consume(size);
  floor_ = begin_;
}

void InputBuffer::release() {
  kept_.reset();
  floor_ = 0;
  if (begin_ != end_) return;
  begin_ = end_ = 0;
  if (capacity_ > kInitialBlock) {
    block_.reset(new char[kInitialBlock]);
    capacity_ = kInitialBlock;
  }
}

}  // namespace gantry::http
