// Streams: from the clients to the process.
#include <fcntl.h>
#include <gantry/runtime.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "streams.hpp"

namespace gantry::shim {
namespace {

constexpr std::size_t kInput = 64u << 10;

}  // namespace

void Streams::update_input() {
  if (!begun_) return;  // clients' input waits
  for (std::size_t i = 0; i < clients_.size(); ++i) {
    Client& client = *clients_[i];
    if (!client.gives_input()) continue;
    if (!in_) {
      client.end_input();
      continue;
    }
    client.allow_input(!input_waits());
    if (client.has_read_ahead() && !input_waits()) on_client_input(client);
  }
}

void Streams::on_client_input(Client& client) {
  for (int i = 0; i < 8; ++i) {
    if (!input_possible() || input_waits() || !take_input(client)) break;
  }
}

// One read from a client. False when there is nothing more now.
bool Streams::take_input(Client& client) {
  if (!client.gives_input()) return false;
  if (!tty_ && in_moves_ && !client.has_read_ahead()) return move_input(client);
  Chunk chunk = Chunk::make(kInput);
  const ssize_t n = client.read_input(chunk.data(), kInput);
  if (n < 0) return false;
  if (n == 0) {
    client_input_ended(client);
    return false;
  }
  const std::size_t size = static_cast<std::size_t>(n);
  if (!tty_ || !client.detach_keys().enabled()) {
    write_input(chunk, 0, size);
    return true;
  }
  Chunk typed = Chunk::make(size + DetachKeys::kMax);
  bool detached = false;
  const std::size_t kept =
      client.detach_keys().filter({chunk.data(), size}, typed.data(), detached);
  if (kept > 0) write_input(typed, 0, kept);
  if (detached) {
    client.close_now();
    owner_.on_detach();
    return false;
  }
  return true;
}

// Bytes that nobody has to look at go from socket to pipe within the kernel.
bool Streams::move_input(Client& client) {
  const ssize_t n = client.move_input(in_.get(), kBusyPipe);
  if (n > 0) return true;
  if (n == 0) {
    client_input_ended(client);
    return false;
  }
  if (errno == ENOBUFS) {
    if (grow_input()) return true;
    in_full_ = true;
    wait_for_room(true);
  } else if (errno == EPIPE) {
    close_stdin();
    update_input();
  } else if (errno == EINVAL) {
    in_moves_ = false;
    return true;
  }
  return false;
}

bool Streams::grow_input() {
  return !tty_ && !std::exchange(in_grown_, true) &&
         ::fcntl(in_.get(), F_SETPIPE_SZ, kBusyPipe) > 0;
}

void Streams::wait_for_room(bool waits) {
  if (waits) {
    in_watch_.want(EPOLLOUT);
  } else {
    in_watch_.stop();
  }
  update_input();
}

void Streams::client_input_ended(Client& client) {
  if (tty_) {
    Chunk held = Chunk::make(DetachKeys::kMax);
    const std::size_t n = client.detach_keys().flush(held.data());
    if (n > 0) write_input(held, 0, n);
    client.end_input();
    client.finish();
    return;
  }
  client.end_input();
  if (!stdin_once_) return;
  if (input_to_ != 0) {
    close_stdin_when_written_ = true;
  } else {
    close_stdin();
  }
}

// Writes what the process takes and keeps the rest, which stops the clients' input until it is
// written.
void Streams::write_input(const Chunk& chunk, std::size_t from, std::size_t to) {
  while (from < to) {
    const ssize_t n = ::write(in_.get(), chunk.data() + from, to - from);
    if (n > 0) {
      from += static_cast<std::size_t>(n);
    } else if (n < 0 && errno == EINTR) {
      continue;
    } else if (n < 0 && errno == EAGAIN) {
      if (grow_input()) continue;
      break;
    } else {
      close_stdin();  // EPIPE: the process reads no more
      update_input();
      return;
    }
  }
  const bool was_waiting = input_to_ != 0;
  input_from_ = from < to ? from : 0;
  input_to_ = from < to ? to : 0;
  input_ = from < to ? chunk : Chunk();
  if ((input_to_ != 0) != was_waiting) wait_for_room(input_to_ != 0);
}

void Streams::on_stdin(std::uint32_t events) {
  if (std::exchange(in_full_, false)) {
    if ((events & EPOLLERR) != 0) close_stdin();  // nobody reads it any more
    return wait_for_room(false);
  }
  if (input_to_ == 0) return in_watch_.stop();
  const Chunk pending = input_;
  write_input(pending, input_from_, input_to_);
  if (in_ && input_to_ == 0 && close_stdin_when_written_) {
    close_stdin();
    update_input();
  }
}

void Streams::close_stdin() {
  in_watch_.stop();
  in_.reset();
  in_full_ = false;
  input_ = Chunk();
  input_from_ = input_to_ = 0;
}

}  // namespace gantry::shim
