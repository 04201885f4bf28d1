// Decides which events of a plugin are facts and which are garbage, so that a plugin gone wild can
// neither fill the host's memory nor hide a real exit. An exit is never dropped for want of room:
// the gate bounds them by what the host itself asked for – a container or exec that was never
// started has no exit to report, and each start allows a few. Everything refused is counted and
// logged once per plugin, then at powers of ten. Any thread.
#pragma once

#include <gantry/abi.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace gantry::pluginhost {

struct PluginEvent;

class EventGate {
 public:
  explicit EventGate(std::string plugin) : plugin_(std::move(plugin)) {}

  /// The host is about to create or start this container, or an exec in it: call before the plugin
  /// runs, since a short process may end before the call returns.
  void expect(const std::string& container_id);
  void expect_exec(const std::string& container_id);
  /// Containers the plugin listed. Until the first listing after a daemon restart the host does not
  /// know what runs, so events of any well-formed id pass (kMaxUnlisted of them at most).
  void listed(const std::vector<std::string>& container_ids);
  /// The container is gone. Its late events still pass for a while: remove() and the exit may
  /// cross.
  void forget(const std::string& container_id);

  /// The event as the host's type when it may pass. `event` may be anything, even null.
  bool admit(const gantry_event* event, PluginEvent& out);

  std::uint64_t refused() const;

  static constexpr size_t kMaxUnlisted = 65536;
  static constexpr size_t kRecentlyGone = 1024;

 private:
  /// How many more events of each sort one container may send.
  struct Allowance {
    unsigned exits = 0;
    unsigned execs = 0;
    unsigned notices = 0;
    bool gone = false;
    std::chrono::steady_clock::time_point notices_since{};
  };
  /// For a container that an earlier daemon started.
  static Allowance whatever_was_before();
  bool take(const PluginEvent& event);
  void refuse(const std::string& why);

  const std::string plugin_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Allowance> known_;
  std::deque<std::string> gone_;  // oldest first; ids in use again are skipped when they fall out
  size_t unlisted_ = 0;
  bool strict_ = false;
  std::uint64_t refused_ = 0;
  std::uint64_t next_report_ = 1;
};

}  // namespace gantry::pluginhost
