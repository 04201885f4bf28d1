// The frames of a WebSocket's client (RFC 6455 5): heads, masks, fragments. Payload is unmasked
// where it lies and passed on piece by piece, so that frames of any length cost no memory. Pure
// state machine, one thread. Errors: Error{invalid} on a violation of the protocol; the decoder is
// of no use after it.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/http/websocket_frame.hpp"

namespace gantry::http {

class WebSocketDecoder {
 public:
  struct Event {
    enum class Kind { more, data, ping, close };
    Kind kind = Kind::more;
    /// Of data: a part of the input. Of ping and close: valid until the next call.
    std::string_view payload;
  };

  /// Takes bytes off the front of `input`, up to the next event; all of them when more are needed.
  Event next(std::span<char>& input);

 private:
  void take_head_byte(std::uint8_t byte);
  void check_opcode(bool final);
  void begin_payload();
  std::string_view take_payload(std::span<char>& input);
  Event end_control();

  std::array<std::uint8_t, 14> head_{};
  size_t head_size_ = 0;  // received
  size_t head_needed_ = 2;
  bool in_payload_ = false;
  std::uint64_t left_ = 0;  // of the payload
  size_t mask_at_ = 0;
  std::array<std::uint8_t, 4> mask_{};
  Opcode opcode_{};
  bool in_message_ = false;  // a fragmented message has begun
  std::string control_;      // payload of a control frame
};

/// The code that a close frame carries, or nothing when it has none. Throws Error{invalid} for
/// codes and lengths that must not be sent.
std::string_view close_code_bytes(std::string_view payload);

}  // namespace gantry::http
