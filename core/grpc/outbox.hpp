// The messages that wait to be sent on one call, already framed. Guarded by the session's mutex.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace gantry::grpc {

class Outbox {
 public:
  /// A sender waits for this. One message of any size fits into what is not full.
  bool has_room() const { return size_ < kLimit; }
  void put(std::string_view message);
  /// No messages will follow.
  void end() { ended_ = true; }
  bool ended() const { return ended_; }
  bool empty() const { return size_ == 0; }
  /// Moves out the next bytes, `limit` at most; how many they were.
  size_t take(std::uint8_t* out, size_t limit);
  void clear();

 private:
  static constexpr size_t kLimit = 256u << 10;

  std::deque<std::string> frames_;
  size_t offset_ = 0;  // what is gone of the first one
  size_t size_ = 0;
  bool ended_ = false;
};

}  // namespace gantry::grpc
