#include "core/buildkit/status_log.hpp"

#include <utility>

namespace gantry::buildkit {

namespace {
constexpr std::size_t kMaxBytes = 4u << 20, kMaxUnread = 512u << 10;
}  // namespace

void StatusLog::post(std::string message, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  const auto limit = [&] { return readers_ > 0 ? kMaxBytes : kMaxUnread; };
  const auto settled = [&] { return bytes_ < limit() || readers_ == 0 || stalled_ || finished_; };
  if (!changed_.wait_for(lock, stop, patience_, settled)) stalled_ = true;
  if (bytes_ >= limit() || finished_) return;
  keep(std::move(message));
}

void StatusLog::post_event(std::string message) {
  const std::lock_guard lock(mutex_);
  if (!finished_) keep(std::move(message));
}

void StatusLog::keep(std::string message) {
  bytes_ += message.size();
  messages_.push_back(std::move(message));
  changed_.notify_all();
}

void StatusLog::attach() {
  const std::lock_guard lock(mutex_);
  ++readers_;
}

void StatusLog::detach() {
  const std::lock_guard lock(mutex_);
  --readers_;
  changed_.notify_all();
}

std::optional<std::string> StatusLog::next(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, stop, [&] { return finished_ || !messages_.empty(); });
  if (messages_.empty() || stop.stop_requested()) return std::nullopt;
  std::string message = std::move(messages_.front());
  messages_.pop_front();
  bytes_ -= message.size();
  stalled_ = false;
  changed_.notify_all();
  return message;
}

void StatusLog::finish() {
  const std::lock_guard lock(mutex_);
  finished_ = true;
  changed_.notify_all();
}

}  // namespace gantry::buildkit
