#include "core/buildkit/status_log.hpp"

#include <utility>

namespace gantry::buildkit {

namespace {
constexpr std::size_t kMaxBytes = 4u << 20;
}

void StatusLog::post(std::string message, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, stop, [&] { return bytes_ < kMaxBytes || !is_read_ || finished_; });
  if (bytes_ >= kMaxBytes || finished_) return;
  bytes_ += message.size();
  messages_.push_back(std::move(message));
  changed_.notify_all();
}

void StatusLog::attach() {
  const std::lock_guard lock(mutex_);
  is_read_ = true;
}

void StatusLog::detach() {
  const std::lock_guard lock(mutex_);
  is_read_ = false;
  changed_.notify_all();
}

std::optional<std::string> StatusLog::next(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, stop, [&] { return finished_ || !messages_.empty(); });
  if (messages_.empty() || stop.stop_requested()) return std::nullopt;
  std::string message = std::move(messages_.front());
  messages_.pop_front();
  bytes_ -= message.size();
  changed_.notify_all();
  return message;
}

void StatusLog::finish() {
  const std::lock_guard lock(mutex_);
  finished_ = true;
  changed_.notify_all();
}

}  // namespace gantry::buildkit
