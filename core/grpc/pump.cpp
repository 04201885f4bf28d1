#include "core/grpc/pump.hpp"

#include <fcntl.h>
#include <poll.h>

#include <array>
#include <cerrno>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/socket.hpp"

namespace gantry::grpc {
namespace {

constexpr size_t kReadSize = 64u << 10;

bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

}  // namespace

Pump::Pump(UniqueFd fd, Session& session, std::function<void()> after_input)
    : fd_(std::move(fd)), session_(session), after_input_(std::move(after_input)) {
  const int flags = ::fcntl(fd_.get(), F_GETFL);
  if (flags < 0 || ::fcntl(fd_.get(), F_SETFL, flags | O_NONBLOCK) != 0)
    throw_errno("prepare a connection");
}

bool Pump::feed(std::string_view bytes) {
  const bool going = session_.feed(bytes);
  after_input_();
  session_.fire_gone();
  return going;
}

/// One piece of what is there. False at the end of it all.
bool Pump::receive() {
  std::array<char, kReadSize> buffer;
  const ssize_t size = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
  if (size < 0) return errno == EINTR || would_block(errno);
  return size > 0 && feed({buffer.data(), static_cast<size_t>(size)});
}

/// As much as the socket takes, but not for ever: reading must have its turn. False when the peer
/// takes nothing any more.
bool Pump::flush() {
  more_ = true;  // behind what is left from the last time
  if (out_.empty()) {
    if (!session_.fill(out_)) return false;
    more_ = out_.size() >= Session::kBatch;
  }
  while (sent_ < out_.size()) {
    const ssize_t size = ::send(fd_.get(), out_.data() + sent_, out_.size() - sent_, kNoSigpipe);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return would_block(errno);
    sent_ += static_cast<size_t>(size);
  }
  out_.clear();
  sent_ = 0;
  return true;
}

/// The peer has closed, but what it said before counts: the end of a call, perhaps.
void Pump::read_the_rest() {
  std::array<char, kReadSize> buffer;
  while (!session_.is_closed()) {
    const ssize_t size = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0 || !feed({buffer.data(), static_cast<size_t>(size)})) return;
  }
}

void Pump::run(std::string_view read_ahead) {
  bool going = read_ahead.empty() || feed(read_ahead);
  while (going) {
    const bool closed = session_.is_closed();
    if (!flush()) return read_the_rest();
    session_.fire_gone();
    if (closed) return;
    const bool has_output = !out_.empty() || more_, wants_input = session_.wants_input();
    if (!has_output && !wants_input) return;
    const int socket_events = (wants_input ? POLLIN : 0) | (has_output ? POLLOUT : 0);
    std::array<pollfd, 2> fds{
        {{fd_.get(), static_cast<short>(socket_events), 0}, {session_.wake_fd(), POLLIN, 0}}};
    if (::poll(fds.data(), fds.size(), -1) < 0) {
      if (errno == EINTR) continue;
      throw_errno("poll");
    }
    if (fds[1].revents != 0) session_.note_woken();
    if ((fds[0].revents & ~POLLOUT) != 0) going = wants_input ? receive() : false;
  }
}

}  // namespace gantry::grpc
