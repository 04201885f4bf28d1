// What WebSocket frames are made of (RFC 6455 5.2, 7.4). Pure: any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace gantry::http {

enum class Opcode : std::uint8_t {
  continuation = 0x0,
  text = 0x1,
  binary = 0x2,
  close = 0x8,
  ping = 0x9,
  pong = 0xA,
};

enum class CloseCode : std::uint16_t {
  normal = 1000,
  going_away = 1001,
  protocol_error = 1002,
};

/// The first byte's bit of a message's last frame.
inline constexpr std::uint8_t kFinal = 0x80;
/// In place of a length: it follows in two bytes, or in eight.
inline constexpr std::uint8_t kLength16 = 126, kLength64 = 127;

/// Most bytes that a control frame carries.
inline constexpr size_t kMaxControlPayload = 125;

/// Head of one unmasked, unfragmented frame: what a server sends.
class FrameHead {
 public:
  static constexpr size_t kMaxSize = 10;
  FrameHead(Opcode opcode, std::uint64_t payload);
  std::string_view bytes() const { return {bytes_.data(), size_}; }

 private:
  std::array<char, kMaxSize> bytes_{};
  size_t size_ = 2;
};

}  // namespace gantry::http
