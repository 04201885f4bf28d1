#include "core/http/websocket_frame.hpp"

namespace gantry::http {
FrameHead::FrameHead(Opcode opcode, std::uint64_t payload) {
  bytes_[0] = static_cast<char>(kFinal | static_cast<std::uint8_t>(opcode));
  if (payload <= kMaxControlPayload) {
    bytes_[1] = static_cast<char>(payload);
    return;
  }
  const size_t width = payload <= UINT16_MAX ? 2 : 8;
  bytes_[1] = static_cast<char>(width == 2 ? kLength16 : kLength64);
  for (size_t i = 0; i < width; ++i)
    bytes_[size_++] = static_cast<char>(payload >> (8 * (width - 1 - i)));
}

}  // namespace gantry::http
