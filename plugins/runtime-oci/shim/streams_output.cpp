// Streams: from the process to the log and the clients.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "clock.hpp"
#include "streams.hpp"

namespace gantry::shim {
namespace {

constexpr std::int64_t kIdleMs = 1000;
constexpr std::size_t kPage = 4096;

// Resting: after 64 KiB in 2 ms that came in pieces of less than 16 KiB.
constexpr std::size_t kBusyBytes = 64u << 10;
constexpr std::size_t kPiece = 16u << 10;
constexpr std::int64_t kWindowUs = 2000;
constexpr std::int64_t kRestMs = 1;

}  // namespace

void Streams::resume_output() {
  output_paused_ = std::any_of(clients_.begin(), clients_.end(),
                               [](const auto& client) { return client->holds_back(); });
  for (Source* source : {&out_, &err_}) {
    if (!source->fd) continue;
    if (!output_paused_) {
      source->watch.want(EPOLLIN);
    } else if (draining_) {
      source->watch.want(0);  // tells of the hang-up: then what is left is read at once
    } else {
      source->watch.stop();
    }
  }
}

// A few reads per wake-up, so that neither stream nor any client waits long for its turn.
std::size_t Streams::read_some(Source& source) {
  std::size_t total = 0;
  for (int i = 0; i < 4 && source.fd && !output_paused_; ++i) {
    const std::size_t size = read_once(source);
    total += size;
    if (size < kPage) break;  // most likely all there was; epoll tells if not
  }
  return total;
}

// No more than a pipe holds: who else has it may write on.
void Streams::read_what_is_left(Source& source) {
  const int capacity = ::fcntl(source.fd.get(), F_GETPIPE_SZ);  // of a terminal: none
  const std::size_t most = static_cast<std::size_t>(std::max(kBusyPipe, capacity));
  std::size_t total = 0;
  while (source.fd && total < most) {
    const std::size_t size = read_once(source);
    if (size == 0) break;
    total += size;
  }
}

void Streams::on_output(Source& source, std::uint32_t events) {
  if (draining_ && (events & EPOLLHUP) != 0) return read_what_is_left(source);
  const std::int64_t now = monotonic_us();
  if (now - source.window_start_us > kWindowUs) {
    source.window_start_us = now;
    source.window_bytes = source.window_wakes = 0;
  }
  source.window_bytes += read_some(source);
  ++source.window_wakes;
  if (source.window_bytes >= kBusyBytes && source.window_bytes / source.window_wakes < kPiece) {
    rest(source);
  }
}

void Streams::rest(Source& source) {
  if (tty_ || !source.fd || output_paused_) return;
  if (!source.grown) ::fcntl(source.fd.get(), F_SETPIPE_SZ, kBusyPipe);
  source.grown = true;
  source.watch.stop();
  source.rest.arm(kRestMs);
}

void Streams::on_rested(Source& source) {
  if (!source.fd || output_paused_) return;
  const std::size_t total = read_some(source);
  if (!source.fd || output_paused_) return;
  // So fast that the pipe would fill up meanwhile, or not busy any more: back to waking at once.
  if (total >= kBusyBytes && total < std::size_t{kBusyPipe} / 2) return rest(source);
  source.watch.want(EPOLLIN);
}

// One read; the bytes that came, 0 when there is nothing more now.
std::size_t Streams::read_once(Source& source) {
  if (!chunk_ || chunk_.shared()) chunk_ = Chunk::make_large();
  ssize_t n;
  do {
    n = ::read(source.fd.get(), chunk_.data(), Chunk::kLarge);
  } while (n < 0 && errno == EINTR);
  if (n < 0 && errno == EAGAIN) return 0;
  if (n <= 0) {  // a terminal whose last user is gone says EIO
    end_source(source);
    return 0;
  }
  const std::size_t size = static_cast<std::size_t>(n);
  if (!tty_ && !source.grown && size >= kBusyBytes / 2) {
    source.grown =
        true;  // a busy process: let it run on while we write. May be refused (user limits).
    ::fcntl(source.fd.get(), F_SETPIPE_SZ, kBusyPipe);
  }
  if (size > (16u << 10)) {
    used_since_idle_check_ = true;
    if (!idle_.armed()) idle_.arm(kIdleMs);
  }
  deliver(source.stream, size);
  if (end_reported_) chunk_ = Chunk(), Chunk::release_spares();
  return size;
}

void Streams::deliver(std::uint8_t stream, std::size_t size) {
  if (log_ != nullptr) {
    log_->append(stream, chunk_.data(), size, utc_ns());
    if (log_->take_failure_notice()) owner_.on_log_failing();
  }
  bool full = false;
  for (auto& client : clients_) {
    if (client->replay().active() || !client->wants(stream)) continue;
    client->send(stream, chunk_, 0, size);
    full = full || client->holds_back();
  }
  if (full && !output_paused_) resume_output();
}

void Streams::end_source(Source& source) {
  source.watch.stop();
  source.rest.cancel();
  // The master of a terminal stays open for resizing until the process is gone.
  if (!tty_ || draining_) source.fd.reset();
  if (draining_ && !out_.fd && !err_.fd) report_end();
}

void Streams::drain(bool at_once) {
  if (draining_) return;
  draining_ = true;
  close_stdin();
  update_input();
  drain_deadline_.arm(kDrainMs);
  for (Source* source : {&out_, &err_}) read_what_is_left(*source);
  resume_output();
  if (at_once) return on_drain_deadline();
  if (!out_.fd && !err_.fd) report_end();
}

void Streams::on_drain_deadline() {
  for (Source* source : {&out_, &err_}) {
    if (outlasts_end_) continue;
    read_what_is_left(*source);
    source->watch.stop();
    source->rest.cancel();
    source->fd.reset();
  }
  report_end();
}

void Streams::report_end() {
  if (end_reported_) return;
  end_reported_ = true;
  drain_deadline_.cancel();
  idle_.cancel();
  chunk_ = Chunk();
  Chunk::release_spares();
  owner_.on_output_end();
}

// Gives a busy time's buffer back to the system.
void Streams::on_idle() {
  if (used_since_idle_check_) {
    used_since_idle_check_ = false;
    idle_.arm(kIdleMs);
  } else {
    chunk_ = Chunk();
    Chunk::release_spares();
  }
}

}  // namespace gantry::shim
