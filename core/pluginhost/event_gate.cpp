#include "core/pluginhost/event_gate.hpp"

#include <algorithm>
#include <cstring>

#include "core/base/log.hpp"
#include "core/base/text.hpp"
#include "core/pluginhost/plugin_host.hpp"

namespace gantry::pluginhost {

namespace {

// A supervisor may say "lost" and "exit" for one run; execs of before a daemon restart are unknown.
constexpr unsigned kExitsPerStart = 4, kExitsMax = 64;
constexpr unsigned kExecsWhenListed = 4096, kExecsMax = 65536;
constexpr unsigned kNoticesPerSecond = 16;  // that end nothing

bool is_id(const char* text, std::string& out) {
  if (!text || ::strnlen(text, 65) != 64) return false;
  out.assign(text, 64);
  return text::is_hex(out);
}

bool is_kind(const char* text, std::string& out) {
  if (!text || ::strnlen(text, 32) == 32) return false;
  out = text;
  for (const char* kind :
       {"exit", "exec_exit", "oom", "lost", "detach", "streams_open", "streams_end"}) {
    if (out == kind) return true;
  }
  return false;
}

}  // namespace

EventGate::Allowance EventGate::whatever_was_before() {
  Allowance allowance;
  allowance.exits = kExitsPerStart;
  allowance.execs = kExecsWhenListed;
  return allowance;
}

void EventGate::expect(const std::string& id) {
  const std::lock_guard lock(mutex_);
  Allowance& allowance = known_[id];
  allowance.gone = false;
  allowance.exits = std::min(allowance.exits + kExitsPerStart, kExitsMax);
}

void EventGate::expect_exec(const std::string& id) {
  const std::lock_guard lock(mutex_);
  Allowance& allowance = known_[id];
  allowance.execs = std::min(allowance.execs + 1, kExecsMax);
}

void EventGate::listed(const std::vector<std::string>& ids) {
  const std::lock_guard lock(mutex_);
  strict_ = true;
  for (const auto& id : ids) {
    if (known_.contains(id)) continue;
    known_[id] = whatever_was_before();
  }
}

void EventGate::forget(const std::string& id) {
  const std::lock_guard lock(mutex_);
  const auto it = known_.find(id);
  if (it == known_.end() || it->second.gone) return;
  it->second.gone = true;
  gone_.push_back(id);
  if (gone_.size() <= kRecentlyGone) return;
  const auto oldest = known_.find(gone_.front());
  // Created again under the same id since then (a restart): it stays.
  if (oldest != known_.end() && oldest->second.gone) known_.erase(oldest);
  gone_.pop_front();
}

bool EventGate::admit(const gantry_event* event, PluginEvent& out) {
  const std::lock_guard lock(mutex_);
  if (!event || !GANTRY_HAS(event, gantry_event, oom_killed)) {
    refuse("short struct");
    return false;
  }
  if (!is_kind(event->kind, out.kind)) {
    refuse("unknown kind");
    return false;
  }
  if (!is_id(event->container_id, out.container_id)) {
    refuse("malformed container id");
    return false;
  }
  out.exec_id.clear();
  const bool of_exec =
      out.kind == "exec_exit" || (out.kind == "detach" && event->exec_id && *event->exec_id);
  if (of_exec && !is_id(event->exec_id, out.exec_id)) {
    refuse("malformed exec id");
    return false;
  }
  out.exit_code = event->exit_code;
  out.oom_killed = event->oom_killed != 0;
  out.time = event->time_ns > 0 ? event->time_ns : now_nanos();
  out.pid = GANTRY_HAS(event, gantry_event, pid) ? event->pid : 0;
  return take(out);
}

bool EventGate::take(const PluginEvent& event) {
  auto it = known_.find(event.container_id);
  if (it == known_.end()) {
    if (strict_ || unlisted_ >= kMaxUnlisted) {
      refuse("unknown container");
      return false;
    }
    ++unlisted_;
    it = known_.emplace(event.container_id, whatever_was_before()).first;
  }
  Allowance& allowance = it->second;
  if (event.kind.starts_with("streams_")) return true;  // the host keeps a bit of each container
  if (event.kind == "oom" || event.kind == "detach") {
    const auto now = std::chrono::steady_clock::now();
    if (now - allowance.notices_since > std::chrono::seconds(1)) {
      allowance.notices_since = now;
      allowance.notices = 0;
    }
    return ++allowance.notices <=
           kNoticesPerSecond;  // a container that is out of memory may say so often
  }
  unsigned& left = event.kind == "exec_exit" ? allowance.execs : allowance.exits;
  if (left == 0) {
    refuse("more " + event.kind + " events than starts");
    return false;
  }
  --left;
  return true;
}

void EventGate::refuse(const std::string& why) {
  if (++refused_ < next_report_) return;
  next_report_ *= 10;
  log::warn("plugin " + plugin_ + ": " + std::to_string(refused_) +
            (refused_ == 1 ? " event" : " events") + " ignored: " + why);
}

std::uint64_t EventGate::refused() const {
  const std::lock_guard lock(mutex_);
  return refused_;
}

}  // namespace gantry::pluginhost
