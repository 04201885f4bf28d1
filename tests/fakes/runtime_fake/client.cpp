#include "runtime_fake/client.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gantry/cpp/plugin.hpp>

namespace fake {

namespace {

int duplicate(int fd) {
  const int copy = ::fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (copy < 0) throw gantry::sdk::os_error("dup of a client connection");
  // Blocking is a property of the connection, not of the descriptor; the host has handed it over.
  ::fcntl(copy, F_SETFL, ::fcntl(copy, F_GETFL) & ~O_NONBLOCK);
  return copy;
}

bool send_all(int fd, std::string_view data) {
  while (!data.empty()) {
    const ssize_t n = ::send(fd, data.data(), data.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    data.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

}  // namespace

Client::Client(const gantry_stream& stream, bool tty)
    : fd_(duplicate(stream.fd)),
      streams_(stream.streams),
      framed_(stream.framed != 0),
      read_ahead_(gantry::sdk::view(stream.read_ahead)),
      detach_keys_(tty ? stream.detach_keys : "") {}

Client::~Client() {
  close();
  if (reader_.joinable()) reader_.join();
  ::close(fd_);
}

void Client::run(Input input) {
  reader_ = std::thread([this, input = std::move(input)] { read_all(input); });
}

void Client::read_all(const Input& input) {
  if (!read_ahead_.empty() && detaches(read_ahead_)) return close();
  if (takes_input() && !read_ahead_.empty()) input(read_ahead_);
  char buffer[4096];
  for (;;) {
    const ssize_t n = ::read(fd_, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    std::string data(buffer, static_cast<size_t>(n));
    const bool detach = detaches(data);
    if (takes_input() && !data.empty()) input(data);
    if (detach) return close();
  }
  if (takes_input()) input({});
}

bool Client::detaches(std::string& data) {
  if (detach_keys_.empty()) return false;
  std::string kept;
  for (const char c : data) {
    if (c == detach_keys_[matched_]) {
      if (++matched_ == detach_keys_.size()) {
        data = kept;
        return true;
      }
      continue;
    }
    kept.append(detach_keys_, 0, matched_);
    matched_ = 0;
    kept += c;
  }
  data = kept;
  return false;
}

void Client::write(int stream, std::string_view data) {
  if ((stream == 1 && !(streams_ & GANTRY_STDOUT)) || (stream == 2 && !(streams_ & GANTRY_STDERR)))
    return;
  std::string frame;
  if (framed_) {
    const auto n = static_cast<std::uint32_t>(data.size());
    const char head[8] = {static_cast<char>(stream),
                          0,
                          0,
                          0,
                          static_cast<char>(n >> 24),
                          static_cast<char>(n >> 16),
                          static_cast<char>(n >> 8),
                          static_cast<char>(n)};
    frame.assign(head, sizeof head);
  }
  frame += data;
  const std::lock_guard lock(mutex_);
  if (!closed_ && !send_all(fd_, frame)) closed_ = true;
}

void Client::close() {
  // Wakes the reader, and a writer that holds the mutex. The descriptor itself goes with the
  // object.
  ::shutdown(fd_, SHUT_RDWR);
  const std::lock_guard lock(mutex_);
  closed_ = true;
}

}  // namespace fake
