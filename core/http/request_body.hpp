// The body of the request being handled, as a pull reader. One thread; lives as long as its
// exchange.
#pragma once

#include <chrono>
#include <cstdint>

#include "core/base/chunk_decoder.hpp"
#include "core/http/exchange.hpp"
#include "core/http/input_buffer.hpp"
#include "core/http/request_head.hpp"

namespace gantry::http {

class RequestBody final : public BodyReader {
 public:
  /// Borrows both; `idle_limit`: no byte for this long is Error{timeout}. `fd` gets the "100
  /// Continue".
  RequestBody(const RequestHead& head, InputBuffer& input, int fd, std::chrono::seconds idle_limit);

  size_t read(char* buffer, size_t size) override;
  /// True when every byte of it was read.
  bool finished() const { return chunked_ ? chunks_.done() : left_ == 0; }
  /// Reads and drops the rest; false when it is longer than `limit` or the client waits for
  /// permission to send it: then the connection cannot be used again.
  bool discard(size_t limit);

 private:
  size_t take(char* buffer, std::uint64_t size);
  void before_waiting();

  InputBuffer& input_;
  int fd_;
  std::chrono::seconds idle_limit_;
  bool chunked_;
  bool continue_due_;
  std::uint64_t left_;  // of a body with a known length
  ChunkDecoder chunks_;
};

}  // namespace gantry::http
