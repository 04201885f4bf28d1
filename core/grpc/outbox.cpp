#include "core/grpc/outbox.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace gantry::grpc {

void Outbox::put(std::string_view message) {
  std::string frame;
  frame.reserve(message.size() + 5);
  frame += '\0';  // not compressed
  for (const int shift : {24, 16, 8, 0})
    frame += static_cast<char>(static_cast<unsigned char>(message.size() >> shift & 0xFF));
  frame += message;
  size_ += frame.size();
  frames_.push_back(std::move(frame));
}

size_t Outbox::take(std::uint8_t* out, size_t limit) {
  size_t taken = 0;
  while (taken < limit && !frames_.empty()) {
    const std::string& frame = frames_.front();
    const size_t n = std::min(limit - taken, frame.size() - offset_);
    std::memcpy(out + taken, frame.data() + offset_, n);
    taken += n;
    offset_ += n;
    if (offset_ < frame.size()) break;
    frames_.pop_front();
    offset_ = 0;
  }
  size_ -= taken;
  return taken;
}

void Outbox::clear() {
  frames_.clear();
  offset_ = size_ = 0;
}

}  // namespace gantry::grpc
