#include "core/http/websocket.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/base/socket.hpp"

namespace gantry::http {
namespace {

constexpr size_t kBlock = 32u << 10;
/// How long the stream may take nothing of the input of a client that has gone.
constexpr int kLastInputMs = 2000;
/// How long a client may read nothing before it has our close frame.
constexpr std::chrono::seconds kClosePatience{10};

bool is_later(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

std::string code_bytes(CloseCode code) {
  const auto value = static_cast<std::uint16_t>(code);
  return {static_cast<char>(value >> 8), static_cast<char>(value & 0xFF)};
}

}  // namespace

WebSocket::WebSocket(Upgraded connection, Opcode output)
    : client_(connection.fd),
      kind_(output),
      read_ahead_(std::move(connection.read_ahead)),
      in_block_(std::make_unique<char[]>(kBlock)),
      out_block_(std::make_unique<char[]>(FrameHead::kMaxSize + kBlock)),
      in_(read_ahead_) {}

bool WebSocket::write(std::string_view data, const Deadline& deadline) {
  try {
    if (!client_gone_) {
      send_all(client_, FrameHead(kind_, data.size()).bytes(), deadline);
      send_all(client_, data, deadline);
    }
  } catch (const Error& error) {
    log::debug(std::string("a client's WebSocket: ") + error.what());
    client_gone_ = true;
  }
  return !client_gone_;
}

void WebSocket::relay(int stream, bool takes_input) {
  stream_ = stream;
  takes_input_ = takes_input;
  try {
    for (decode(); !closing_; decode()) move();
  } catch (const Error& violation) {
    log::debug(std::string("a client's WebSocket: ") + violation.what());
    begin_close(CloseCode::protocol_error);
  }
  finish_close();
}

/// Input is decoded only as far as it can be passed on: so a close comes behind all of it.
void WebSocket::decode() {
  using Kind = WebSocketDecoder::Event::Kind;
  while (pending_.empty() && !in_.empty() && !closing_) {
    const WebSocketDecoder::Event event = decoder_.next(in_);
    if (event.kind == Kind::data && takes_input_) pending_ = event.payload;
    if (event.kind == Kind::ping) pong_ = event.payload;
    if (event.kind != Kind::close) continue;
    close_ = close_code_bytes(event.payload);
    closing_ = true;
  }
}

/// Waits until something can be moved, and moves it.
void WebSocket::move() {
  if (out_.empty() && pong_) put_pong();
  const bool hungry = in_.empty() && pending_.empty();
  if (client_gone_ && hungry) return receive();
  std::array<pollfd, 2> fds{{{client_gone_ ? -1 : client_, 0, 0}, {stream_, 0, 0}}};
  auto& [client, stream] = fds;
  if (hungry) client.events |= POLLIN;
  if (!out_.empty()) client.events |= POLLOUT;
  if (!pending_.empty()) stream.events |= POLLOUT;
  if (out_.empty() && !client_gone_) stream.events |= POLLIN;
  // An end of the stream cannot be masked, and is not to be looked at before the output is sent.
  if (stream.events == 0) stream.fd = -1;
  const int ready = ::poll(fds.data(), fds.size(), client_gone_ ? kLastInputMs : -1);
  if (ready == 0) closing_ = true;
  if (ready <= 0) return;
  if ((client.revents & (POLLHUP | POLLERR)) != 0) {
    client_gone_ = true;
    out_ = {};
    return;
  }
  if ((stream.revents & ~POLLIN) != 0 && !pending_.empty()) give_input();
  if ((stream.revents & ~POLLOUT) != 0 && out_.empty()) fetch_output();
  if (!out_.empty()) send_output();
  if ((client.revents & POLLIN) != 0) receive();
}

void WebSocket::receive() {
  const ssize_t n = ::recv(client_, in_block_.get(), kBlock, MSG_DONTWAIT);
  if (n > 0) {
    in_ = {in_block_.get(), static_cast<size_t>(n)};
  } else if (n == 0 || client_gone_ || !is_later(errno)) {
    // The client vanished, or the engine stops and reads no more.
    begin_close(CloseCode::going_away);
  }
}

void WebSocket::give_input() {
  const ssize_t n = ::send(stream_, pending_.data(), pending_.size(), kNoSigpipe | MSG_DONTWAIT);
  if (n >= 0) return pending_.remove_prefix(static_cast<size_t>(n));
  if (is_later(errno)) return;
  takes_input_ = false;
  pending_ = {};
}

void WebSocket::fetch_output() {
  char* const payload = out_block_.get() + FrameHead::kMaxSize;
  const ssize_t n = ::recv(stream_, payload, kBlock, MSG_DONTWAIT);
  if (n < 0 && is_later(errno)) return;
  if (n <= 0) return begin_close(CloseCode::normal);
  const FrameHead head(kind_, static_cast<size_t>(n));
  char* const begin = payload - head.bytes().size();
  std::ranges::copy(head.bytes(), begin);
  out_ = {begin, head.bytes().size() + static_cast<size_t>(n)};
}

void WebSocket::send_output() {
  const ssize_t n = ::send(client_, out_.data(), out_.size(), kNoSigpipe | MSG_DONTWAIT);
  if (n >= 0) return out_.remove_prefix(static_cast<size_t>(n));
  if (is_later(errno)) return;
  client_gone_ = true;
  out_ = {};
}

void WebSocket::put_pong() {
  const FrameHead head(Opcode::pong, pong_->size());
  char* const end = std::ranges::copy(head.bytes(), out_block_.get()).out;
  out_ = {out_block_.get(), std::ranges::copy(*pong_, end).out};
  pong_.reset();
}

void WebSocket::begin_close(CloseCode code) {
  close_ = code_bytes(code);
  closing_ = true;
}

void WebSocket::finish_close() {
  if (client_gone_) return;
  try {
    const Deadline deadline = deadline_after(kClosePatience);
    send_all(client_, out_, deadline);
    send_all(client_, FrameHead(Opcode::close, close_.size()).bytes(), deadline);
    send_all(client_, close_, deadline);
  } catch (const Error& error) {
    log::debug(std::string("a client's WebSocket: ") + error.what());
  }
}

}  // namespace gantry::http
