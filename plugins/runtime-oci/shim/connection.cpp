#include "connection.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>

namespace gantry::shim {

void ReceivedFds::add(int fd) {
  UniqueFd owned(fd);
  if (size_ < kMaxFds) fds_[size_++] = std::move(owned);
}

UniqueFd ReceivedFds::take(std::size_t index) {
  return index < size_ ? std::move(fds_[index]) : UniqueFd();
}

void ReceivedFds::clear() {
  for (std::size_t i = 0; i < size_; ++i) fds_[i].reset();
  size_ = 0;
}

Connection::Connection(Loop& loop, RequestHandler& handler, UniqueFd socket, std::uint64_t serial)
    : handler_(handler), socket_(std::move(socket)), serial_(serial) {
  watch_.bind<&Connection::on_ready>(loop, socket_.get(), this);
  watch_.want(EPOLLIN);
}

void Connection::close() {
  watch_.stop();
  socket_.reset();
  fds_.clear();
  rest_.release();
}

// Reads the rest of the header, with the descriptors that come on its first byte.
bool Connection::receive_header() {
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kMaxFds)];
  iovec part{reinterpret_cast<char*>(&header_) + header_read_, sizeof header_ - header_read_};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const ssize_t n = ::recvmsg(socket_.get(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (n <= 0) {
    close();
    return false;
  }
  for (cmsghdr* head = CMSG_FIRSTHDR(&message); head != nullptr;
       head = CMSG_NXTHDR(&message, head)) {
    if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(head) + i * sizeof fd, sizeof fd);
      fds_.add(fd);
    }
  }
  header_read_ += static_cast<std::size_t>(n);
  if (header_read_ < sizeof header_) return true;
  if (header_.magic != kMagic || header_.size > kMaxBody || !body_.try_reserve(header_.size))
    close();
  return !closed();
}

bool Connection::receive_body() {
  const ssize_t n =
      ::recv(socket_.get(), body_.data() + body_read_, header_.size - body_read_, MSG_DONTWAIT);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (n <= 0) {
    close();
    return false;
  }
  body_read_ += static_cast<std::size_t>(n);
  return true;
}

void Connection::on_ready(std::uint32_t events) {
  if ((events & EPOLLOUT) != 0) send_rest();
  receive();
}

void Connection::receive() {
  while (!closed()) {
    if (header_read_ < sizeof header_) {
      if (!receive_header()) return;
      continue;
    }
    if (body_read_ < header_.size) {
      if (!receive_body()) return;
      continue;
    }
    const Header header = header_;
    tag_ = header.tag;
    body_.set_size(header.size);
    handler_.on_request(*this, static_cast<Type>(header.type), body_.view(), fds_);
    fds_.clear();
    header_read_ = body_read_ = 0;
    if (body_.capacity() > 4096) body_.release();
  }
}

// False: errno says why.
bool Connection::write(Type type, std::string_view body, std::uint32_t tag) {
  if (rest_.size() > 0) {
    errno = EAGAIN;
    return false;
  }
  Header header;
  header.type = static_cast<std::uint32_t>(type);
  header.size = static_cast<std::uint32_t>(body.size());
  header.tag = tag;
  iovec parts[2] = {{&header, sizeof header}, {const_cast<char*>(body.data()), body.size()}};
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = 2;
  ssize_t n;
  do {
    n = ::sendmsg(socket_.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (n < 0 && errno == EINTR);
  if (n < 0) return false;
  keep_rest(header, body, static_cast<std::size_t>(n));
  return true;
}

void Connection::keep_rest(const Header& header, std::string_view body, std::size_t sent) {
  if (sent == sizeof header + body.size()) return;
  const std::size_t of_header = std::min(sent, sizeof header);
  rest_.append(reinterpret_cast<const char*>(&header) + of_header, sizeof header - of_header);
  body.remove_prefix(sent - of_header);
  rest_.append(body.data(), body.size());
  watch_.want(EPOLLIN | EPOLLOUT);
}

void Connection::send_rest() {
  while (rest_.size() > rest_sent_) {
    const ssize_t n = ::send(socket_.get(), rest_.data() + rest_sent_, rest_.size() - rest_sent_,
                             MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return;
    if (n < 0) return close();
    rest_sent_ += static_cast<std::size_t>(n);
  }
  rest_.release();
  rest_sent_ = 0;
  watch_.want(EPOLLIN);
}

// One reply at a time is asked for: whoever has not read the former one has stopped reading.
bool Connection::send(Type type, std::string_view body, std::uint32_t tag) {
  if (!closed() && !write(type, body, tag)) close();
  return !closed();
}

bool Connection::send_event(const Event& event) {
  Bytes body;
  Event copy = event;
  copy.fields(Encoder<Bytes>(body));
  if (closed()) return false;
  const bool sent = write(Type::event, body.view(), 0);
  if (!sent && errno != EAGAIN) close();
  return sent;
}

void Connection::reply_ok() { reply(GANTRY_OK, 0, {}); }

void Connection::reply(const Failure& why) { reply(why.code, why.os_errno, why.message.view()); }

void Connection::reply(int code, int os_errno, std::string_view message) {
  Bytes body;
  Status status;
  status.code = code;
  status.os_errno = os_errno;
  status.message = message;
  status.fields(Encoder<Bytes>(body));
  send(Type::reply, body.view(), tag_);
}

}  // namespace gantry::shim
