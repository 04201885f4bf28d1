// The body of one HTTP answer as its connection gives it: of a known length, in chunks (RFC 9112
// 7.1), or what comes until the connection ends. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "core/base/chunk_decoder.hpp"

namespace gantry::images {

class ResponseBody {
 public:
  /// Bytes of the connection, at most `size` (not 0); 0: it has ended.
  using Source = std::function<std::size_t(char* buffer, std::size_t size)>;

  /// Nothing is to come.
  ResponseBody() = default;
  static ResponseBody of_length(std::uint64_t length);
  static ResponseBody chunked();
  static ResponseBody until_end();

  /// The next piece; 0 at the end. Throws Error{unavailable} when the connection ends before the
  /// body, or the framing of its chunks is malformed.
  std::size_t read(char* buffer, std::size_t size, const Source& source);
  bool done() const { return done_; }
  /// Whether the connection can carry another answer behind this body.
  bool leaves_connection_usable() const { return done_ && usable_; }

 private:
  std::size_t read_known(char* buffer, std::size_t size, const Source& source);
  std::size_t read_chunked(char* buffer, std::size_t size, const Source& source);

  bool done_ = true;
  bool usable_ = true;
  std::optional<std::uint64_t> left_;  // of a known length
  std::optional<ChunkDecoder> chunks_;
  std::string input_;   // of the connection, read beyond payload
  std::size_t at_ = 0;  // of `input_`: decoded so far
};

}  // namespace gantry::images
