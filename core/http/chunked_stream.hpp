// The streamed body of an answer: chunked, or as it is for HTTP/1.0. One writer at a time.
#pragma once

#include <cstdint>

#include "core/http/exchange.hpp"

namespace gantry::http {

class ChunkedStream final : public ResponseStream {
 public:
  /// Borrows the descriptor. `silent`: the answer to HEAD, of which only the head is sent.
  ChunkedStream(int fd, bool chunked, bool silent) : fd_(fd), chunked_(chunked), gone_(silent) {}
  bool write(std::string_view data) override;
  /// Sends the final chunk; false when the connection is of no more use.
  bool finish();
  /// Nothing follows, no final chunk either.
  void give_up() { gone_ = true; }
  std::uint64_t sent() const { return sent_; }

 private:
  int fd_;
  bool chunked_;
  bool gone_;
  std::uint64_t sent_ = 0;
};

}  // namespace gantry::http
