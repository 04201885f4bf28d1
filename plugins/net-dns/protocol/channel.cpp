#include "protocol/channel.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace net_dns {

namespace {

// Head: length of the text, number of descriptors.
struct Head {
  std::uint32_t size = 0, fds = 0;
};

#ifdef MSG_CMSG_CLOEXEC
constexpr int kCloseOnExec = MSG_CMSG_CLOEXEC;
#else
constexpr int kCloseOnExec = 0;  // set on each descriptor below
#endif
#ifdef MSG_NOSIGNAL
constexpr int kNoSignal = MSG_NOSIGNAL;
#else
constexpr int kNoSignal = 0;
#endif

void write_all(int socket, std::string_view bytes, const std::vector<int>& fds) {
  alignas(cmsghdr) char space[CMSG_SPACE(Channel::kMostFds * sizeof(int))] = {};
  std::size_t at = 0;
  while (at < bytes.size()) {
    iovec part{const_cast<char*>(bytes.data() + at), bytes.size() - at};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (at == 0 && !fds.empty()) {
      const std::size_t length = fds.size() * sizeof(int);
      message.msg_control = space;
      message.msg_controllen = static_cast<decltype(message.msg_controllen)>(CMSG_SPACE(length));
      cmsghdr* head = CMSG_FIRSTHDR(&message);
      head->cmsg_level = SOL_SOCKET;
      head->cmsg_type = SCM_RIGHTS;
      head->cmsg_len = static_cast<decltype(head->cmsg_len)>(CMSG_LEN(length));
      std::memcpy(CMSG_DATA(head), fds.data(), length);
    }
    const ssize_t sent = ::sendmsg(socket, &message, kNoSignal);
    if (sent < 0) {
      if (errno == EINTR) continue;
      throw std::system_error(errno, std::generic_category(), "resolver");
    }
    at += static_cast<std::size_t>(sent);
  }
}

}  // namespace

void Channel::shut_down() const {
  if (socket_) ::shutdown(socket_.get(), SHUT_RDWR);
}

void Channel::send(std::string_view text, const std::vector<int>& fds) const {
  if (text.size() > kLargest || fds.size() > kMostFds)
    throw std::system_error(EMSGSIZE, std::generic_category(), "resolver");
  const Head head{static_cast<std::uint32_t>(text.size()), static_cast<std::uint32_t>(fds.size())};
  std::string bytes(reinterpret_cast<const char*>(&head), sizeof head);
  bytes += text;
  write_all(socket_.get(), bytes, fds);
}

Channel::Read Channel::read_more(int flags) {
  char bytes[16 * 1024];
  alignas(cmsghdr) char space[CMSG_SPACE(16 * sizeof(int))] = {};
  iovec part{bytes, sizeof bytes};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = space;
  message.msg_controllen = sizeof space;
  ssize_t size = 0;
  do {
    size = ::recvmsg(socket_.get(), &message, flags | kCloseOnExec);
  } while (size < 0 && errno == EINTR);
  if (size < 0) return errno == EAGAIN || errno == EWOULDBLOCK ? Read::none : Read::end;
  if (size == 0) return Read::end;
  for (cmsghdr* head = CMSG_FIRSTHDR(&message); head; head = CMSG_NXTHDR(&message, head)) {
    if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(head) + i * sizeof fd, sizeof fd);
      if (kCloseOnExec == 0) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
      fds_.emplace_back(fd);
    }
  }
  if ((message.msg_flags & MSG_CTRUNC) != 0) return Read::end;
  buffer_.append(bytes, static_cast<std::size_t>(size));
  return Read::some;
}

std::optional<Message> Channel::take_buffered(bool& broken) {
  Head head;
  if (buffer_.size() < sizeof head) return std::nullopt;
  std::memcpy(&head, buffer_.data(), sizeof head);
  broken = head.size > kLargest || head.fds > kMostFds;
  if (broken || buffer_.size() < sizeof head + head.size) return std::nullopt;
  broken = fds_.size() < head.fds;
  if (broken) return std::nullopt;
  Message message;
  message.text = buffer_.substr(sizeof head, head.size);
  buffer_.erase(0, sizeof head + head.size);
  for (std::uint32_t i = 0; i < head.fds; ++i) {
    message.fds.push_back(std::move(fds_.front()));
    fds_.pop_front();
  }
  return message;
}

std::optional<Message> Channel::receive() {
  for (;;) {
    bool broken = false;
    if (auto message = take_buffered(broken)) return message;
    if (broken || read_more(0) != Read::some) return std::nullopt;
  }
}

std::optional<Message> Channel::try_receive(bool& ended) {
  for (;;) {
    if (auto message = take_buffered(ended)) return message;
    if (ended) return std::nullopt;
    const Read read = read_more(MSG_DONTWAIT);
    ended = read == Read::end;
    if (read != Read::some) return std::nullopt;
  }
}

}  // namespace net_dns
