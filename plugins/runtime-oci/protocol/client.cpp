#include "client.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <gantry/cpp/error.hpp>

namespace gantry::shim {
namespace {

using Clock = std::chrono::steady_clock;

timeval timeval_of(std::chrono::milliseconds time) {
  return {.tv_sec = time.count() / 1000, .tv_usec = time.count() % 1000 * 1000};
}

[[noreturn]] void fail(gantry_errc code, int os_errno, const std::string& what) {
  throw ShimError(code, os_errno,
                  os_errno != 0 ? what + ": " + std::generic_category().message(os_errno) : what);
}

// Waits until the socket is ready for `events`, in slices so that a cancelled call is noticed.
void wait_ready(int fd, short events, const Limits& limits, Clock::time_point deadline) {
  for (;;) {
    if (limits.cancelled && limits.cancelled()) fail(GANTRY_CANCELLED, 0, "supervisor: cancelled");
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) fail(GANTRY_TIMEOUT, 0, "supervisor does not answer");
    pollfd item{fd, events, 0};
    const auto slice = limits.cancelled ? std::min<long long>(left, 100) : left;
    const int ready = ::poll(&item, 1, static_cast<int>(slice));
    if (ready > 0) return;
    if (ready < 0 && errno != EINTR) fail(GANTRY_INTERNAL, errno, "supervisor: poll");
  }
}

void send_all(int fd, const Header& header, std::string_view body, std::span<const int> fds,
              const Limits& limits, Clock::time_point deadline) {
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kMaxFds)] = {};
  std::size_t sent = 0;
  const std::size_t total = sizeof header + body.size();
  while (sent < total) {
    iovec parts[2];
    int count = 0;
    if (sent < sizeof header) {
      parts[count++] = {const_cast<char*>(reinterpret_cast<const char*>(&header)) + sent,
                        sizeof header - sent};
    }
    const std::size_t skip = sent > sizeof header ? sent - sizeof header : 0;
    if (skip < body.size()) {
      parts[count++] = {const_cast<char*>(body.data()) + skip, body.size() - skip};
    }
    msghdr message{};
    message.msg_iov = parts;
    message.msg_iovlen = static_cast<std::size_t>(count);
    if (sent == 0 && !fds.empty()) {
      message.msg_control = control;
      message.msg_controllen = CMSG_SPACE(sizeof(int) * fds.size());
      cmsghdr* head = CMSG_FIRSTHDR(&message);
      head->cmsg_level = SOL_SOCKET;
      head->cmsg_type = SCM_RIGHTS;
      head->cmsg_len = CMSG_LEN(sizeof(int) * fds.size());
      std::memcpy(CMSG_DATA(head), fds.data(), sizeof(int) * fds.size());
    }
    const ssize_t n = ::sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n > 0) {
      sent += static_cast<std::size_t>(n);
    } else if (errno == EAGAIN) {
      wait_ready(fd, POLLOUT, limits, deadline);
    } else if (errno != EINTR) {
      fail(GANTRY_UNAVAILABLE, errno, "supervisor: send");
    }
  }
}

void receive_all(int fd, char* to, std::size_t size, const Limits& limits,
                 Clock::time_point deadline) {
  while (size > 0) {
    const ssize_t n = ::recv(fd, to, size, MSG_DONTWAIT);
    if (n > 0) {
      to += n;
      size -= static_cast<std::size_t>(n);
    } else if (n == 0) {
      fail(GANTRY_UNAVAILABLE, 0, "supervisor has ended");
    } else if (errno == EAGAIN) {
      wait_ready(fd, POLLIN, limits, deadline);
    } else if (errno != EINTR) {
      fail(GANTRY_UNAVAILABLE, errno, "supervisor: receive");
    }
  }
}

template <class Message>
std::string encode(Message message) {
  std::string body;
  message.fields(Encoder<std::string>(body));
  return body;
}

struct Nothing {
  template <class A>
  void fields(A&&) {}
};

}  // namespace

void TextListBuffer::add(std::string_view text) {
  if (text.find('\0') != std::string_view::npos)
    fail(GANTRY_INVALID, 0, "text contains a NUL byte");
  bytes_.append(text);
  bytes_.push_back('\0');
  ++count_;
}

Client Client::connect(const std::string& bundle, std::chrono::milliseconds patience) {
  UniqueFd directory(::open(bundle.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!directory)
    fail(errno == ENOENT ? GANTRY_NOT_FOUND : GANTRY_INTERNAL, errno, "supervisor: " + bundle);
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) fail(GANTRY_INTERNAL, errno, "supervisor: socket");
  // Through /proc: a bundle's path may be longer than sun_path.
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = "/proc/self/fd/" + std::to_string(directory.get()) + "/" + kSocketName;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  // One that is stuck accepts no more when its queue is full.
  const timeval limit = timeval_of(patience);
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  while (::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    if (errno == EINTR) continue;
    const bool gone = errno == ENOENT || errno == ECONNREFUSED;
    if (errno == EAGAIN) fail(GANTRY_TIMEOUT, 0, "supervisor does not answer");
    fail(gone ? GANTRY_NOT_FOUND : GANTRY_UNAVAILABLE, errno, "supervisor: connect");
  }
  return Client(std::move(socket));
}

std::string_view Client::roundtrip(Type type, std::string_view body, std::span<const int> fds,
                                   const Limits& limits) {
  if (!socket_) fail(GANTRY_UNAVAILABLE, 0, "supervisor: connection is spent");
  if (body.size() > kMaxBody) fail(GANTRY_INVALID, E2BIG, "supervisor: request");
  const auto deadline = Clock::now() + limits.timeout;
  try {
    const Header request{kMagic, static_cast<std::uint32_t>(type),
                         static_cast<std::uint32_t>(body.size()), ++last_tag_};
    send_all(socket_.get(), request, body, fds, limits, deadline);
    for (;;) {
      Header header;
      receive_all(socket_.get(), reinterpret_cast<char*>(&header), sizeof header, limits, deadline);
      if (header.magic != kMagic || header.size > kMaxBody) {
        fail(GANTRY_INTERNAL, EPROTO, "supervisor: reply");
      }
      reply_.resize(header.size);
      receive_all(socket_.get(), reply_.data(), header.size, limits, deadline);
      if (header.type == static_cast<std::uint32_t>(Type::reply) && header.tag == last_tag_) break;
    }
  } catch (...) {
    socket_.reset();
    throw;
  }
  return reply_;
}

template <class Reply>
Reply Client::request(Type type, std::string_view body, std::span<const int> fds,
                      const Limits& limits) {
  Decoder decoder(roundtrip(type, body, fds, limits));
  Status status;
  status.fields(decoder);
  if (!decoder.ok()) fail(GANTRY_INTERNAL, EPROTO, "supervisor: reply");
  if (status.code != GANTRY_OK) {
    throw ShimError(sdk::failure_class(status.code), status.os_errno, std::string(status.message));
  }
  Reply reply;
  reply.fields(decoder);
  if (!decoder.ok()) fail(GANTRY_INTERNAL, EPROTO, "supervisor: reply");
  return reply;
}

Created Client::create(const Create& create, const Limits& limits) {
  return request<Created>(Type::create, encode(create), {}, limits);
}

Started Client::start(const Limits& limits) {
  return request<Started>(Type::start, encode(Start{}), {}, limits);
}

void Client::attach(const Attach& attach, int client_fd, const Limits& limits) {
  request<Nothing>(Type::attach, encode(attach), {&client_fd, 1}, limits);
}

void Client::resize(std::string_view exec_id, std::uint32_t rows, std::uint32_t columns) {
  const Type type = exec_id.empty() ? Type::resize : Type::exec_resize;
  request<Nothing>(type, encode(Resize{exec_id, rows, columns}), {}, {});
}

void Client::exec_resize(std::string_view exec_id, std::uint32_t rows, std::uint32_t columns) {
  resize(exec_id, rows, columns);
}

void Client::signal(int number, bool all) {
  request<Nothing>(Type::signal, encode(Signal{{}, number, all}), {}, {});
}

void Client::exec_signal(std::string_view exec_id, int number) {
  request<Nothing>(Type::exec_signal, encode(Signal{exec_id, number, 0}), {}, {});
}

ExecStarted Client::exec_start(ExecStart exec, int client_fd, const Limits& limits) {
  exec.has_stream = client_fd >= 0;
  return request<ExecStarted>(Type::exec_start, encode(exec),
                              {&client_fd, exec.has_stream ? 1u : 0u}, limits);
}

std::vector<Client::Exec> Client::exec_list() {
  const ExecList list = request<ExecList>(Type::exec_list, {}, {}, {});
  std::vector<Exec> execs;
  list.ids.each([&](const char* id) { execs.push_back({id, {}, {}}); });
  for (std::size_t i = 0; i < execs.size() && (i + 1) * sizeof(ExecState) <= list.states.size();
       ++i) {
    std::memcpy(&execs[i].state, list.states.data() + i * sizeof(ExecState), sizeof(ExecState));
  }
  std::size_t noted = 0;
  list.notes.each([&](const char* note) {
    if (noted < execs.size()) execs[noted++].note = note;
  });
  return execs;
}

void Client::publish(std::span<const PublishedPort> ports, std::span<const int> sockets) {
  while (!ports.empty()) {
    const std::size_t n = std::min(ports.size(), kMaxFds);
    const std::string_view packed(reinterpret_cast<const char*>(ports.data()),
                                  n * sizeof(PublishedPort));
    request<Nothing>(Type::publish, encode(Publish{packed}), sockets.first(n), {});
    ports = ports.subspan(n);
    sockets = sockets.subspan(n);
  }
}

void Client::unpublish() { request<Nothing>(Type::unpublish, {}, {}, {}); }

State Client::state(const Limits& limits) { return request<State>(Type::state, {}, {}, limits); }

void Client::terminate(const Limits& limits) { request<Nothing>(Type::terminate, {}, {}, limits); }

void Client::subscribe() { request<Nothing>(Type::subscribe, {}, {}, {}); }

void Client::begin_subscribe() {
  const Limits limits;
  const Header request{kMagic, static_cast<std::uint32_t>(Type::subscribe), 0, ++last_tag_};
  send_all(socket_.get(), request, {}, {}, limits, Clock::now() + limits.timeout);
}

}  // namespace gantry::shim
