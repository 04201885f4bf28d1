#include "core/base/chunk_decoder.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"

namespace gantry {
namespace {

constexpr unsigned kMaxSizeLine = 1024;
constexpr unsigned kMaxTrailers = 8192;
constexpr std::uint64_t kMaxChunk = UINT64_MAX >> 8;

[[noreturn]] void malformed() { throw Error(Errc::invalid, "malformed chunked encoding"); }

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && byte != '\t') || byte == 0x7f;
}

}  // namespace

size_t ChunkDecoder::parse(std::string_view input) {
  size_t used = 0;
  while (used < input.size() && state_ != State::payload && state_ != State::done)
    step(input[used++]);
  return used;
}

void ChunkDecoder::took_payload(std::uint64_t n) {
  left_ -= n;
  if (left_ == 0) state_ = State::payload_cr;
}

void ChunkDecoder::step(char c) {
  switch (state_) {
    case State::size_begin:
    case State::size:
      if (++line_ > kMaxSizeLine) malformed();
      if (const int digit = text::hex_value(c); digit >= 0) {
        left_ = left_ * 16 + static_cast<unsigned>(digit);
        if (left_ > kMaxChunk) malformed();
        state_ = State::size;
      } else if (state_ == State::size_begin) {
        malformed();
      } else if (c == '\r') {
        state_ = State::size_lf;
      } else if (c == ';' || c == ' ' || c == '\t') {
        state_ = State::extension;
      } else {
        malformed();
      }
      break;
    case State::extension:
      if (++line_ > kMaxSizeLine) malformed();
      if (c == '\r') {
        state_ = State::size_lf;
      } else if (is_control(c)) {
        malformed();
      }
      break;
    case State::size_lf:
      if (c != '\n') malformed();
      line_ = 0;
      state_ = left_ > 0 ? State::payload : State::trailer_begin;
      break;
    case State::payload_cr:
      if (c != '\r') malformed();
      state_ = State::payload_lf;
      break;
    case State::payload_lf:
      if (c != '\n') malformed();
      state_ = State::size_begin;
      break;
    case State::trailer_begin:
      if (c == '\r') {
        state_ = State::end_lf;
        break;
      }
      state_ = State::trailer;
      [[fallthrough]];
    case State::trailer:
      if (++line_ > kMaxTrailers) malformed();
      if (c == '\r') {
        state_ = State::trailer_lf;
      } else if (is_control(c)) {
        malformed();
      }
      break;
    case State::trailer_lf:
      if (c != '\n') malformed();
      state_ = State::trailer_begin;
      break;
    case State::end_lf:
      if (c != '\n') malformed();
      state_ = State::done;
      break;
    case State::payload:
    case State::done:
      break;
  }
}

}  // namespace gantry
