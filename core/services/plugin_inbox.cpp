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
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  if (event.kind == "streams_open") {
    open_streams_.insert(std::move(event.container_id));
    return;
  }
  if (event.kind == "streams_end") {
    if (open_streams_.erase(event.container_id) > 0) streams_ended_.notify_all();
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

void PluginInbox::exit_told(const std::string& container_id) {
  const std::lock_guard lock(mutex_);
  open_streams_.erase(container_id);
  if (untold_exits_.erase(container_id) > 0) told_.notify_all();
}

void PluginInbox::await_exit_told(const std::string& container_id) {
  std::unique_lock lock(mutex_);
  told_.wait_for(lock, std::chrono::seconds(3),
                 [&] { return closed_ || untold_exits_.count(container_id) == 0; });
}

std::unique_ptr<ScopeGuard> PluginInbox::relay_begun(const std::string& container_id) {
  const std::lock_guard lock(mutex_);
  relays_.insert(container_id);
  return std::make_unique<ScopeGuard>([this, container_id] {
    const std::lock_guard relock(mutex_);
    relays_.erase(relays_.find(container_id));
    streams_ended_.notify_all();
  });
}

void PluginInbox::await_streams_end(const std::string& container_id) {
  std::unique_lock lock(mutex_);
  streams_ended_.wait_for(lock, std::chrono::seconds(2), [&] {
    return closed_ || open_streams_.count(container_id) + relays_.count(container_id) == 0;
  });
  open_streams_.erase(container_id);
}

void PluginInbox::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  changed_.notify_all();
  told_.notify_all();
  streams_ended_.notify_all();
}

}  // namespace gantry::services
