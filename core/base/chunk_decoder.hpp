// The framing of a chunked body (RFC 9112 7.1): sizes, extensions and trailers, which are checked
// and dropped. The payload itself is not touched: the caller moves it. Pure state machine, one
// thread. Errors: Error{invalid}. Line ends must be CRLF, sizes plain hex digits.
#pragma once

#include <cstdint>
#include <string_view>

namespace gantry {

class ChunkDecoder {
 public:
  /// Parses framing at the begin of `input`; returns how many bytes it used. Stops before payload
  /// and behind the end of the body; otherwise all input is used and more is needed.
  size_t parse(std::string_view input);
  /// Bytes of payload that come next; 0 when framing does.
  std::uint64_t payload_left() const { return state_ == State::payload ? left_ : 0; }
  /// `n` (at most payload_left) bytes of payload were taken out of the input.
  void took_payload(std::uint64_t n);
  bool done() const { return state_ == State::done; }

 private:
  enum class State {
    size_begin,
    size,
    extension,
    size_lf,
    payload,
    payload_cr,
    payload_lf,
    trailer_begin,
    trailer,
    trailer_lf,
    end_lf,
    done
  };
  void step(char c);

  State state_ = State::size_begin;
  std::uint64_t left_ = 0;
  unsigned line_ = 0;  // bytes of the current size line, or of all trailers
};

}  // namespace gantry
