// Takes the TLS off a client's connection: behind it the server has an end of a socket pair, which
// it may treat, and give away, like any other client's connection. Belongs to one thread, which it
// keeps until the connection is over. Memory: 32 KiB and OpenSSL's own.
//
// The end of what one side sends (close_notify, with or without a FIN; a half-close of the pair) is
// handed on as such. Needs SIGPIPE ignored.
#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <string>

#include "core/base/deadline.hpp"
#include "core/base/notifier.hpp"
#include "core/base/unique_fd.hpp"
#include "core/http/tls_context.hpp"

extern "C" {
struct ssl_st;
}

namespace gantry::http {

class TlsRelay {
 public:
  /// `context` and `stop` outlive it. `stop` is never drained: it ends the relay, when what the
  /// server has written is with the client, or after a second.
  TlsRelay(UniqueFd client, const TlsContext& context, const Notifier& stop);
  ~TlsRelay();
  TlsRelay(const TlsRelay&) = delete;
  TlsRelay& operator=(const TlsRelay&) = delete;

  /// The reason when client and server do not come together in that time; empty: they did.
  std::string shake_hands(std::chrono::seconds limit);
  /// The server's end. After the handshake, once.
  UniqueFd take_plain() { return std::move(plain_); }
  /// Returns when both sides have said all, or one is gone.
  void run();
  /// Cuts the client off. Any thread.
  void give_up();

 private:
  /// What is on its way in one direction.
  struct Pipe {
    std::array<char, 16384> bytes;
    std::size_t begin = 0, end = 0;
    bool empty() const { return begin == end; }
  };

  /// Each true when it moved something.
  bool read_client();
  bool write_server();
  bool read_server();
  bool write_client();
  void say_goodbye();
  void take_failure(int result);
  bool is_over() const;
  /// Sleeps until something that was waited for can go on; or only looks who is gone.
  void wait(bool only_look);

  UniqueFd client_;
  UniqueFd plain_, ours_;
  struct Free {
    void operator()(ssl_st* ssl) const;
  };
  std::unique_ptr<ssl_st, Free> ssl_;
  const Notifier& stop_;

  Pipe to_server_, to_client_;
  short client_events_ = 0, server_events_ = 0;  // what the last round stopped at
  bool client_done_ = false;                     // the client sends no more
  bool server_done_ = false;                     // the server sends no more
  bool server_deaf_ = false;                     // nor does it read
  bool said_goodbye_ = false;
  bool broken_ = false;
  bool stopping_ = false;
  Deadline end_;
};

}  // namespace gantry::http
