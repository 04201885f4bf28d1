#include "client.hpp"

#include <fcntl.h>
#include <gantry/runtime.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>

#include "../protocol/wire.hpp"
#include "clock.hpp"
#include "unread.hpp"

namespace gantry::shim {
namespace {

// Less than this is copied when it has to wait, so that it does not hold a whole chunk.
constexpr std::size_t kCopyBelow = 32u << 10;
constexpr std::size_t kItemCost = 128;

// No event tells that a peer has read. Most have it before the process runs; the others are looked
// at again after 1 ms, 2 ms and so on, and not for long: who never reads must not hold up the end.
constexpr std::int64_t kHoldStepMs = 16;
constexpr std::int64_t kHoldMs = 1000;

}  // namespace

Client::Client(Loop& loop, ClientOwner& owner, UniqueFd socket, const Attach& options, bool tty)
    : owner_(owner),
      socket_(std::move(socket)),
      streams_(options.streams),
      framed_(options.framed != 0),
      input_open_((options.streams & GANTRY_STDIN) != 0),
      read_ahead_(options.read_ahead),
      detach_keys_(tty ? options.detach_keys : std::string_view()) {
  watch_.bind<&Client::on_ready>(loop, socket_.get(), this);
  deadline_.bind<&Client::on_deadline>(loop, this);
  hold_.bind<&Client::on_hold>(loop, this);
  hold_end_ms_ = monotonic_ms() + kHoldMs;
  if (is_unread(socket_.get())) hold_.arm(hold_step_ms_);
  update_interest();
}

void Client::send(std::uint8_t stream, const Chunk& chunk, std::size_t from, std::size_t size) {
  if (closed() || peer_gone_ || size == 0) return;
  if (finishing_ && !replay_.active()) return;
  Item item;
  item.chunk = chunk;
  item.from = from;
  item.to = from + size;
  if (framed_) {
    const std::uint8_t header[8] = {stream,
                                    0,
                                    0,
                                    0,
                                    static_cast<std::uint8_t>(size >> 24),
                                    static_cast<std::uint8_t>(size >> 16),
                                    static_cast<std::uint8_t>(size >> 8),
                                    static_cast<std::uint8_t>(size)};
    std::memcpy(item.header, header, sizeof header);
    item.header_sent = 0;
  }
  if (hold_.armed() && queue_.empty() && !is_unread(socket_.get())) hold_.cancel();
  if (!hold_.armed() && queue_.empty() && send_item(item)) return;
  if (!closed() && !peer_gone_) enqueue(std::move(item));
  update_interest();
}

void Client::enqueue(Item item) {
  const std::size_t size = item.to - item.from;
  if (size < kCopyBelow) {
    item.chunk = Chunk::copy_of(item.chunk.data() + item.from, size);
    item.from = 0;
    item.to = size;
  }
  queued_ += size + kItemCost;
  queue_.push_back(std::move(item));
}

// True when all of the item is sent. When the peer is gone it says so in peer_gone_.
bool Client::send_item(Item& item) {
  for (;;) {
    iovec parts[2];
    int count = 0;
    if (item.header_sent < 8) {
      parts[count++] = {item.header + item.header_sent, std::size_t{8} - item.header_sent};
    }
    parts[count++] = {item.chunk.data() + item.from, item.to - item.from};
    msghdr message{};
    message.msg_iov = parts;
    message.msg_iovlen = static_cast<std::size_t>(count);
    const ssize_t sent = ::sendmsg(socket_.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN) peer_gone_ = true;
      return false;
    }
    std::size_t left = static_cast<std::size_t>(sent);
    if (item.header_sent < 8) {
      const std::size_t of_header = std::min<std::size_t>(left, 8u - item.header_sent);
      item.header_sent = static_cast<std::uint8_t>(item.header_sent + of_header);
      left -= of_header;
    }
    item.from += left;
    if (item.from == item.to) return true;
  }
}

// Sends what the socket takes. False when the peer is gone.
bool Client::flush() {
  bool progress = false;
  while (queue_head_ < queue_.size()) {
    Item& item = queue_[queue_head_];
    const std::size_t before = item.to - item.from;
    const bool done = send_item(item);
    queued_ -= before - (item.to - item.from);
    progress = progress || done || item.to - item.from < before;
    if (!done) break;
    queued_ -= kItemCost;
    item = Item();
    ++queue_head_;
  }
  if (queue_head_ == queue_.size()) discard_queue();
  if (progress && finishing_) deadline_.arm(kFlushDeadlineMs);
  return !peer_gone_;
}

void Client::discard_queue() {
  if (queue_.capacity() > 64) {
    std::vector<Item>().swap(queue_);
  } else {
    queue_.clear();
  }
  queue_head_ = 0;
  queued_ = 0;
}

void Client::on_ready(std::uint32_t events) {
  if ((events & EPOLLOUT) != 0 && !hold_.armed() && !queue_.empty()) flush();
  if ((events & (EPOLLHUP | EPOLLERR)) != 0) peer_gone_ = true;
  if (peer_gone_) {
    discard_queue();
    replay_.stop();
    if (!input_open_ || finishing_) return close_now();
  }
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 && input_open_ && input_allowed_) {
    owner_.on_client_input(*this);
    if (closed()) return;
  }
  if (peer_gone_ || queued_ < kQueueLimit / 2) owner_.on_client_drained(*this);
  if (closed()) return;
  update_interest();
  close_if_done();
}

void Client::update_interest() {
  if (closed()) return;
  std::uint32_t events = 0;
  if (input_open_ && input_allowed_) events |= EPOLLIN;
  if (!hold_.armed() && (!queue_.empty() || replay_.active())) events |= EPOLLOUT;
  // A hang-up can't be masked: a client that waits only to have its input taken must not spin. Any
  // other whose peer is gone is closed by that event.
  if (peer_gone_ && input_open_ && events == 0) {
    watch_.stop();
  } else {
    watch_.want(events);
  }
}

void Client::allow_input(bool allowed) {
  if (closed() || input_allowed_ == allowed) return;
  input_allowed_ = allowed;
  update_interest();
}

ssize_t Client::read_input(char* to, std::size_t size) {
  if (has_read_ahead()) {
    const std::size_t n = std::min(size, read_ahead_.size() - read_ahead_used_);
    std::memcpy(to, read_ahead_.data() + read_ahead_used_, n);
    read_ahead_used_ += n;
    if (!has_read_ahead()) {
      read_ahead_.release();
      read_ahead_used_ = 0;
    }
    return static_cast<ssize_t>(n);
  }
  for (;;) {
    const ssize_t n = ::recv(socket_.get(), to, size, MSG_DONTWAIT);
    if (n >= 0) return n;
    if (errno == EAGAIN) return -1;
    if (errno == EINTR) continue;
    peer_gone_ = true;  // reset: its input has ended, too
    return 0;
  }
}

ssize_t Client::move_input(int pipe, std::size_t size) {
  for (;;) {
    const ssize_t n =
        ::splice(socket_.get(), nullptr, pipe, nullptr, size, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    if (n >= 0 || errno == EPIPE || errno == EINVAL) return n;
    if (errno == EINTR) continue;
    if (errno != EAGAIN) break;
    char byte;
    const ssize_t there = ::recv(socket_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (there == 0) return 0;
    if (there < 0 && errno != EAGAIN && errno != EINTR) break;
    errno = there > 0 ? ENOBUFS : EAGAIN;
    return -1;
  }
  peer_gone_ = true;  // reset: its input has ended, too
  return 0;
}

void Client::end_input() {
  input_open_ = false;
  if (peer_gone_) return close_now();
  update_interest();
}

void Client::finish() {
  if (closed() || finishing_) return;
  finishing_ = true;
  input_open_ = false;
  if (peer_gone_) return close_now();
  deadline_.arm(kFlushDeadlineMs);
  update_interest();
  close_if_done();
}

void Client::close_if_done() {
  if (finishing_ && queue_.empty() && !replay_.active()) close_now();
}

void Client::on_deadline() { close_now(); }

void Client::on_hold() {
  if (is_unread(socket_.get()) && monotonic_ms() < hold_end_ms_) {
    hold_step_ms_ = std::min(2 * hold_step_ms_, kHoldStepMs);
    hold_.arm(hold_step_ms_);
  } else {
    on_ready(EPOLLOUT);
  }
}

void Client::close_now() {
  if (closed()) return;
  watch_.stop();
  deadline_.cancel();
  hold_.cancel();
  discard_queue();
  replay_.stop();
  input_open_ = false;
  // Closing a unix socket with unread input would reset the connection and cost the peer output
  // that it has not read yet: refuse more input, then empty what is there.
  ::shutdown(socket_.get(), SHUT_RD);
  char discarded[4096];
  for (int i = 0; i < 1024; ++i) {
    if (::recv(socket_.get(), discarded, sizeof discarded, MSG_DONTWAIT) <= 0) break;
  }
  // The daemon's own descriptor of this connection may still be open for a moment: say it is over.
  ::shutdown(socket_.get(), SHUT_RDWR);
  socket_.reset();
  owner_.on_client_drained(*this);
}

}  // namespace gantry::shim
