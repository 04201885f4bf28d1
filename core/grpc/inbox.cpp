#include "core/grpc/inbox.hpp"

#include <algorithm>
#include <utility>

#include "core/grpc/call.hpp"

namespace gantry::grpc {
namespace {

/// Of what a peer only announces, no more is reserved.
constexpr size_t kMaxReserve = 64u << 10;

}  // namespace

Status Inbox::begin_message() {
  if (head_[0] == 1) return {Code::unimplemented, "compressed messages are not supported"};
  if (head_[0] != 0) return {Code::internal, "the peer sent no gRPC message"};
  length_ = 0;
  for (size_t i = 1; i < head_.size(); ++i) length_ = length_ << 8 | head_[i];
  if (length_ > kMaxMessage)
    return {Code::resource_exhausted, "a message of " + std::to_string(length_) +
                                          " bytes is larger than the limit of " +
                                          std::to_string(kMaxMessage)};
  partial_.reserve(std::min(length_, kMaxReserve));
  return {};
}

Status Inbox::add(std::string_view bytes) {
  while (!bytes.empty()) {
    if (head_size_ < head_.size()) {
      head_[head_size_++] = static_cast<unsigned char>(bytes.front());
      bytes.remove_prefix(1);
      ++held_;
      if (head_size_ < head_.size()) continue;
      if (Status status = begin_message(); !status.is_ok()) return status;
    }
    const size_t n = std::min(bytes.size(), length_ - partial_.size());
    partial_.append(bytes.substr(0, n));
    bytes.remove_prefix(n);
    held_ += n;
    if (partial_.size() < length_) break;
    ready_.push_back({std::exchange(partial_, {}), std::exchange(held_, 0)});
    head_size_ = 0;
  }
  if (ready_.empty()) released_ += std::exchange(held_, 0);
  return {};
}

std::string Inbox::take() {
  Message message = std::move(ready_.front());
  ready_.pop_front();
  released_ += message.held;
  if (ready_.empty()) released_ += std::exchange(held_, 0);
  return std::move(message.bytes);
}

size_t Inbox::take_released() { return std::exchange(released_, 0); }

void Inbox::clear() {
  size_t released = released_ + held_;
  for (const Message& message : ready_) released += message.held;
  *this = Inbox();
  released_ = released;
}

}  // namespace gantry::grpc
