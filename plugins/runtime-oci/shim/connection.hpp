// One control connection: collects requests, sends replies and events.
//
// A peer that sends nonsense, or does not read what it is sent, is closed; the shim itself never
// waits for a peer: what the socket does not take of a message is sent when it does. closed()
// connections are destroyed by Control's sweep.
#pragma once

#include <cstdint>
#include <string_view>

#include "../protocol/messages.hpp"
#include "../protocol/wire.hpp"
#include "bytes.hpp"
#include "failure.hpp"
#include "loop.hpp"

namespace gantry::shim {

class Connection;

// The descriptors that came with a message. Those not taken are closed.
class ReceivedFds {
 public:
  void add(int fd);
  UniqueFd take(std::size_t index);
  std::size_t size() const { return size_; }
  void clear();

 private:
  UniqueFd fds_[kMaxFds];
  std::size_t size_ = 0;
};

class RequestHandler {
 public:
  // `body` lives until the call returns. The handler replies now or later, by the connection's
  // serial.
  virtual void on_request(Connection& connection, Type type, std::string_view body,
                          ReceivedFds& fds) = 0;

 protected:
  ~RequestHandler() = default;
};

class Connection {
 public:
  Connection(Loop& loop, RequestHandler& handler, UniqueFd socket, std::uint64_t serial);

  std::uint64_t serial() const { return serial_; }
  bool closed() const { return !socket_; }
  void close();

  void reply_ok();
  void reply(const Failure& why);
  void reply(int code, int os_errno, std::string_view message);
  template <class Reply>
  void reply_with(Reply reply) {
    Bytes body;
    Status ok;
    ok.fields(Encoder<Bytes>(body));
    reply.fields(Encoder<Bytes>(body));
    send(Type::reply, body.view(), tag_);
  }
  // False: not sent. The connection is open still when its reader is just slow.
  bool send_event(const Event& event);
  // False when the peer does not take it; the connection is closed then.
  bool send(Type type, std::string_view body, std::uint32_t tag);

 private:
  bool write(Type type, std::string_view body, std::uint32_t tag);
  void keep_rest(const Header& header, std::string_view body, std::size_t sent);
  void send_rest();
  void on_ready(std::uint32_t events);
  void receive();
  bool receive_header();
  bool receive_body();

  RequestHandler& handler_;
  UniqueFd socket_;
  Watch watch_;
  std::uint64_t serial_;
  std::uint32_t tag_ = 0;  // of the request being answered
  Header header_;
  std::size_t header_read_ = 0;
  Bytes body_;
  std::size_t body_read_ = 0;
  ReceivedFds fds_;
  Bytes rest_;  // of the last message, while its reader is slow
  std::size_t rest_sent_ = 0;
};

}  // namespace gantry::shim
