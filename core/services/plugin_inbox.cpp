#include "core/services/plugin_inbox.hpp"

#include <chrono>

#include "core/base/log.hpp"

namespace gantry::services {

namespace {

bool is_end(const pluginhost::PluginEvent& event) {
  return event.kind == "exit" || event.kind == "lost";
}

}  // namespace

void PluginInbox::post(pluginhost::PluginEvent event) {
  // A repeated exec_exit (an event is sent again after a reconnect) ends nothing and says nothing.
  if (event.kind == "exec_exit" && !execs_.ended(event.exec_id, event.exit_code)) return;
  if (event.kind == "streams_end") return streams_ended(event.container_id);
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  if (event.kind == "streams_open") {
    open_streams_[std::move(event.container_id)];
    return;
  }
  if (queue_.size() >= kLimit) {
    if (queue_.size() == kLimit) log::warn("plugin events come faster than they can be handled");
    if (is_end(queue_.front()) && untold_exits_.erase(queue_.front().container_id) > 0)
      told_.notify_all();
    queue_.pop_front();
  }
  if (is_end(event)) untold_exits_.insert(event.container_id);
  queue_.push_back(std::move(event));
  changed_.notify_one();
}

std::optional<pluginhost::PluginEvent> PluginInbox::take() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return closed_ || !queue_.empty(); });
  if (queue_.empty()) return std::nullopt;
  pluginhost::PluginEvent event = std::move(queue_.front());
  queue_.pop_front();
  return event;
}

void PluginInbox::streams_ended(const std::string& container_id) {
  decltype(open_streams_)::node_type streams;
  const std::lock_guard lock(mutex_);  // so that close() waits for a call that is under way
  streams = open_streams_.extract(container_id);
  if (streams && streams.mapped()) streams.mapped()();
}

bool PluginInbox::when_streams_end(const std::string& container_id, std::function<void()> then) {
  const std::lock_guard lock(mutex_);
  const auto streams = open_streams_.find(container_id);
  if (streams == open_streams_.end()) return false;
  streams->second = std::move(then);
  return true;
}

void PluginInbox::exit_told(const std::string& container_id) {
  decltype(open_streams_)::node_type dropped;  // without the mutex: it may hold anything
  const std::lock_guard lock(mutex_);
  dropped = open_streams_.extract(container_id);
  if (untold_exits_.erase(container_id) > 0) told_.notify_all();
}

void PluginInbox::await_exit_told(const std::string& container_id) {
  std::unique_lock lock(mutex_);
  told_.wait_for(lock, std::chrono::seconds(3),
                 [&] { return closed_ || untold_exits_.count(container_id) == 0; });
}

void PluginInbox::close() {
  decltype(open_streams_) dropped;
  const std::lock_guard lock(mutex_);
  closed_ = true;
  dropped.swap(open_streams_);
  changed_.notify_all();
  told_.notify_all();
}

}  // namespace gantry::services
