#include "core/services/world/plugin_inbox.hpp"

#include <chrono>

#include "core/base/log.hpp"

namespace gantry::services {

namespace {

bool is_end(const pluginhost::PluginEvent& event) {
  return event.kind == "exit" || event.kind == "lost";
}

/// Nothing goes wrong without the news.
bool is_notice(const pluginhost::PluginEvent& event) {
  return event.kind == "oom" || event.kind == "detach";
}

}  // namespace

void PluginInbox::post(pluginhost::PluginEvent event) {
  // A repeated exec_exit (an event is sent again after a reconnect) ends nothing and says nothing.
  if (event.kind == "exec_exit" && !execs_.ended(event.exec_id, event.exit_code)) return;
  if (event.kind == "lost") {
    // Noted first: who sees the end of an exec must not see a container that runs.
    note_end(event.container_id);
    // With the supervisor went the connections of its execs' clients.
    execs_.container_ended(event.container_id);
  }
  if (event.kind == "streams_end") return streams_ended(event.container_id);
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  if (event.kind == "streams_open") {
    streams_[std::move(event.container_id)].open = true;
    return;
  }
  if (queue_.size() >= kLimit && is_notice(event)) return;
  if (is_end(event)) untold_exits_.insert(event.container_id);
  queue_.push_back(std::move(event));
  if (queue_.size() == kLimit) log::warn("plugin events come faster than they can be handled");
  changed_.notify_one();
}

void PluginInbox::note_end(const std::string& container_id) {
  const std::lock_guard lock(mutex_);
  if (!closed_) untold_exits_.insert(container_id);
}

std::optional<pluginhost::PluginEvent> PluginInbox::take() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return closed_ || !queue_.empty(); });
  if (queue_.empty()) return std::nullopt;
  pluginhost::PluginEvent event = std::move(queue_.front());
  queue_.pop_front();
  return event;
}

PluginInbox::StreamsById::node_type PluginInbox::look_locked(StreamsById::iterator streams) {
  if (streams->second.open || streams->second.relays > 0) return {};
  StreamsById::node_type done = streams_.extract(streams);
  if (done.mapped().then) done.mapped().then();
  return done;
}

void PluginInbox::streams_ended(const std::string& container_id) {
  StreamsById::node_type done;
  const std::lock_guard lock(mutex_);  // so that close() waits for a call that is under way
  const auto streams = streams_.find(container_id);
  if (streams == streams_.end()) return;
  streams->second.open = false;
  done = look_locked(streams);
}

std::unique_ptr<ScopeGuard> PluginInbox::relay_begun(const std::string& container_id) {
  const std::lock_guard lock(mutex_);
  ++streams_[container_id].relays;
  return std::make_unique<ScopeGuard>([this, container_id] { relay_ended(container_id); });
}

void PluginInbox::relay_ended(const std::string& container_id) {
  StreamsById::node_type done;
  const std::lock_guard lock(mutex_);
  const auto streams = streams_.find(container_id);
  if (streams == streams_.end()) return;  // closed
  --streams->second.relays;
  done = look_locked(streams);
}

bool PluginInbox::when_streams_end(const std::string& container_id, std::function<void()> then) {
  const std::lock_guard lock(mutex_);
  const auto streams = streams_.find(container_id);
  if (closed_ || streams == streams_.end()) return false;
  streams->second.then = std::move(then);
  return true;
}

void PluginInbox::exit_told(const std::string& container_id) {
  std::function<void()> dropped;  // without the mutex: it may hold anything
  const std::lock_guard lock(mutex_);
  if (const auto streams = streams_.find(container_id); streams != streams_.end()) {
    dropped = std::move(streams->second.then);
    streams->second = {.open = false, .relays = streams->second.relays, .then = {}};
    if (streams->second.relays == 0) streams_.erase(streams);
  }
  if (untold_exits_.erase(container_id) > 0) told_.notify_all();
}

void PluginInbox::await_exit_told(const std::string& container_id) {
  std::unique_lock lock(mutex_);
  told_.wait_for(lock, std::chrono::seconds(3),
                 [&] { return closed_ || untold_exits_.count(container_id) == 0; });
}

void PluginInbox::close() {
  StreamsById dropped;
  const std::lock_guard lock(mutex_);
  closed_ = true;
  dropped.swap(streams_);
  changed_.notify_all();
  told_.notify_all();
}

}  // namespace gantry::services
