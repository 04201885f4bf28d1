// The messages that have come on one call: cut out of the bytes of its DATA frames, kept until the
// reader takes them; and how many of those bytes the peer may be given room for again. Guarded by
// the session's mutex.
#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

#include "core/grpc/status.hpp"

namespace gantry::grpc {

class Inbox {
 public:
  /// Takes bytes as they come. When the answer is not ok the call has failed with it: no more then.
  Status add(std::string_view bytes);
  bool empty() const { return ready_.empty(); }
  /// The oldest message; there must be one.
  std::string take();
  /// False while a message has begun and not ended.
  bool at_boundary() const { return head_size_ == 0; }
  /// Bytes to give back to the peer's window since the last time. What is in whole messages waits
  /// for the reader. What is in an unfinished one does so as well while there are others to read;
  /// when there are none it comes at once, or a message larger than the window would never end.
  size_t take_released();
  /// Drops everything; what it held may be given back.
  void clear();

 private:
  struct Message {
    std::string bytes;
    size_t held;  // bytes of the window it still takes
  };
  Status begin_message();

  std::deque<Message> ready_;
  std::array<unsigned char, 5> head_{};  // compressed flag, length
  size_t head_size_ = 0;
  size_t length_ = 0;
  std::string partial_;
  size_t held_ = 0;  // of the unfinished message
  size_t released_ = 0;
};

}  // namespace gantry::grpc
