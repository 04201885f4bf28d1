// A connection that has become a WebSocket, and the plain stream behind it: each side's bytes are
// carried to the other until one of them ends. Bounded memory: a side that takes nothing makes the
// other wait, as on one connection. Belongs to the connection's thread, which sleeps in between.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/base/socket.hpp"
#include "core/http/exchange.hpp"
#include "core/http/websocket_decoder.hpp"

namespace gantry::http {

class WebSocket {
 public:
  /// Output goes in frames of the kind `output` (text or binary).
  WebSocket(Upgraded connection, Opcode output);
  WebSocket(const WebSocket&) = delete;
  WebSocket& operator=(const WebSocket&) = delete;

  /// One message at once, while relay() does not run; false when the client is gone, or has not
  /// taken it by then.
  bool write(std::string_view data, const Deadline& deadline);
  /// Carries bytes between the client and `stream`, a connected socket, until the client closes or
  /// vanishes, or the stream ends; the client is told. Without `takes_input` what the client sends
  /// is dropped.
  void relay(int stream, bool takes_input);

 private:
  void decode();
  void move();
  void receive();
  void give_input();
  void fetch_output();
  void send_output();
  void put_pong();
  void begin_close(CloseCode code);
  void finish_close();

  const int client_;
  const Opcode kind_;
  WebSocketDecoder decoder_;
  std::string read_ahead_;
  std::unique_ptr<char[]> in_block_, out_block_;
  std::span<char> in_;               // received, not yet decoded
  std::string_view pending_;         // decoded, not yet given to the stream
  std::string_view out_;             // of a frame, not yet sent
  std::optional<std::string> pong_;  // only the last ping needs an answer
  std::string close_;                // payload of our close frame
  int stream_ = -1;
  bool takes_input_ = false;
  bool client_gone_ = false;
  bool closing_ = false;
};

}  // namespace gantry::http
