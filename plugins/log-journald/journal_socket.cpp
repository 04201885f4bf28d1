#include "journal_socket.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "descriptors.hpp"

namespace log_journald {

namespace sdk = gantry::sdk;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::chrono::milliseconds kCancelInterval{100};

bool is_too_large(int err) { return err == EMSGSIZE || err == ENOBUFS; }

bool is_full(int err) { return err == EAGAIN || err == EWOULDBLOCK; }

Clock::time_point deadline_of(const sdk::Op& op) {
  if (op.deadline_ns() == 0) return Clock::time_point::max();
  return Clock::time_point(std::chrono::nanoseconds(op.deadline_ns()));
}

/// Room for one descriptor beside a message.
union Passed {
  cmsghdr header;
  char space[CMSG_SPACE(sizeof(int))];
};

void attach(msghdr& message, Passed& passed, int fd) {
  std::memset(&passed, 0, sizeof passed);
  message.msg_control = passed.space;
  message.msg_controllen = sizeof passed.space;
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof fd);
  std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
}

}  // namespace

void JournalSocket::fail(const char* what, int err) const {
  throw sdk::Error(
      GANTRY_UNAVAILABLE,
      "journald: " + std::string(what) + " " + path_ + ": " + std::generic_category().message(err),
      err);
}

void JournalSocket::connect() {
  UniqueFd made = datagram_socket();
  if (!made) fail("socket for", errno);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path_.copy(address.sun_path, sizeof address.sun_path - 1);
  if (::connect(made.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    fail("connect to", errno);
  socket_ = std::move(made);
}

/// Gives 0 or errno. With `memory` only that is sent.
int JournalSocket::try_send(std::string_view entry, const UniqueFd& memory) const {
  iovec piece{const_cast<char*>(entry.data()), entry.size()};
  msghdr message{};
  Passed passed;
  if (memory) {
    attach(message, passed, memory.get());
  } else {
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
  }
  while (::sendmsg(socket_.get(), &message, MSG_NOSIGNAL) < 0)
    if (errno != EINTR) return errno;
  return 0;
}

void JournalSocket::wait_for_room(Clock::time_point end) const {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
  pollfd room{socket_.get(), POLLOUT, 0};
  ::poll(&room, 1, static_cast<int>(std::clamp(left, {}, kCancelInterval).count()));
}

void JournalSocket::send(std::string_view entry, const sdk::Op& op) {
  const auto end = std::min(Clock::now() + patience_, deadline_of(op));
  bool fresh = false;
  UniqueFd memory;
  for (;;) {
    op.throw_if_cancelled();
    if (!socket_) {
      connect();
      fresh = true;
    }
    const int err = try_send(entry, memory);
    if (err == 0) return;
    if (is_full(err)) {
      if (Clock::now() >= end)
        throw sdk::Error(GANTRY_TIMEOUT, "journald: " + path_ + " takes no more", err);
      wait_for_room(end);
    } else if (is_too_large(err) && !memory) {
      memory = sealed_memory(entry);
      if (!memory) fail("memory for", errno);
    } else {
      socket_.reset();  // journald has ended; another may have come
      if (fresh) fail("send to", err);
    }
  }
}

}  // namespace log_journald
