#include "core/http/websocket_decoder.hpp"

#include <algorithm>

#include "core/base/error.hpp"

namespace gantry::http {
namespace {

constexpr std::uint8_t kReserved = 0x70, kOpcode = 0x0F;
constexpr std::uint8_t kMasked = 0x80, kLength = 0x7F;
constexpr size_t kMaskSize = 4;

[[noreturn]] void violation(const char* what) { throw Error(Errc::invalid, what); }

bool is_control(Opcode opcode) { return static_cast<std::uint8_t>(opcode) >= 0x8; }

size_t length_width(std::uint8_t second) {
  const std::uint8_t length = second & kLength;
  return length == kLength64 ? 8 : length == kLength16 ? 2 : 0;
}

}  // namespace

WebSocketDecoder::Event WebSocketDecoder::next(std::span<char>& input) {
  using Kind = Event::Kind;
  for (;;) {
    while (!in_payload_) {
      if (input.empty()) return {};
      take_head_byte(static_cast<std::uint8_t>(input.front()));
      input = input.subspan(1);
    }
    const std::string_view payload = take_payload(input);
    if (left_ == 0) in_payload_ = false;
    if (is_control(opcode_)) {
      control_ += payload;
      if (in_payload_) return {};
      if (opcode_ != Opcode::pong) return end_control();
    } else if (!payload.empty()) {
      return {Kind::data, payload};
    } else if (in_payload_) {
      return {};
    }
  }
}

void WebSocketDecoder::take_head_byte(std::uint8_t byte) {
  head_[head_size_++] = byte;
  if (head_size_ == 1) {
    if ((byte & kReserved) != 0) violation("a reserved bit is set");
    opcode_ = static_cast<Opcode>(byte & kOpcode);
    check_opcode((byte & kFinal) != 0);
  } else if (head_size_ == 2) {
    if ((byte & kMasked) == 0) violation("a frame of a client is not masked");
    if (is_control(opcode_) && (byte & kLength) > kMaxControlPayload)
      violation("a control frame is too long");
    head_needed_ = 2 + length_width(byte) + kMaskSize;
  }
  if (head_size_ == head_needed_) begin_payload();
}

void WebSocketDecoder::check_opcode(bool final) {
  switch (opcode_) {
    case Opcode::continuation:
      if (!in_message_) violation("nothing to continue");
      in_message_ = !final;
      return;
    case Opcode::text:
    case Opcode::binary:
      if (in_message_) violation("a message begins within another");
      in_message_ = !final;
      return;
    case Opcode::close:
    case Opcode::ping:
    case Opcode::pong:
      if (!final) violation("a control frame is fragmented");
      return;
  }
  violation("unknown opcode");
}

void WebSocketDecoder::begin_payload() {
  const size_t width = length_width(head_[1]);
  left_ = width == 0 ? head_[1] & kLength : 0;
  for (size_t i = 0; i < width; ++i) left_ = left_ << 8 | head_[2 + i];
  if (left_ >> 63 != 0) violation("a frame is too long");
  std::copy_n(head_.begin() + static_cast<std::ptrdiff_t>(2 + width), kMaskSize, mask_.begin());
  mask_at_ = 0;
  head_size_ = 0;
  head_needed_ = 2;
  in_payload_ = true;
  control_.clear();
}

/// What is there of the current frame's payload, unmasked in place.
std::string_view WebSocketDecoder::take_payload(std::span<char>& input) {
  const auto size = static_cast<size_t>(std::min<std::uint64_t>(left_, input.size()));
  for (size_t i = 0; i < size; ++i)
    input[i] = static_cast<char>(static_cast<std::uint8_t>(input[i]) ^ mask_[(mask_at_ + i) & 3]);
  mask_at_ = (mask_at_ + size) & 3;
  left_ -= size;
  const std::string_view payload(input.data(), size);
  input = input.subspan(size);
  return payload;
}

WebSocketDecoder::Event WebSocketDecoder::end_control() {
  if (opcode_ == Opcode::ping) return {Event::Kind::ping, control_};
  return {Event::Kind::close, control_};
}

std::string_view close_code_bytes(std::string_view payload) {
  if (payload.empty()) return {};
  if (payload.size() < 2) violation("half a close code");
  const int code =
      static_cast<std::uint8_t>(payload[0]) << 8 | static_cast<std::uint8_t>(payload[1]);
  // 1004 to 1006 and 1015 stand for what is never sent; others below 3000 mean nothing yet.
  const bool known = (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014);
  if (!known && (code < 3000 || code > 4999)) violation("no close code");
  return payload.substr(0, 2);
}

}  // namespace gantry::http
