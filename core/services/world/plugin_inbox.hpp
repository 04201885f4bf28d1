// The one door for asynchronous facts (exits, OOM kills): plugin threads post, the exit monitor
// takes. Exists before the plugins are loaded, so nothing they say is lost.
//
// post() [any thread] only stores: it never waits for a lease, a plugin or the disk. A plugin that
// floods the inbox loses notices (OOM kills, detached clients), with a warning, but no ends. The
// end of an exec is also written into the exec table before post() returns: the client looks for
// its exit code the moment its connection closes (behaviours.md 2). For the same reason the end of
// a container is noted until its record says so: whoever looks at the record waits for that. So are
// the ends of the streams of its clients: who hears of its end by an event has all of its output.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "core/base/scope_guard.hpp"
#include "core/pluginhost/plugin_host.hpp"
#include "core/services/world/exec_table.hpp"

namespace gantry::services {

class PluginInbox {
 public:
  /// A longer queue takes no more notices.
  static constexpr size_t kLimit = 65536;

  explicit PluginInbox(ExecTable& execs) : execs_(execs) {}
  void post(pluginhost::PluginEvent event);
  /// Blocks for the next event; nullopt once closed and empty.
  std::optional<pluginhost::PluginEvent> take();
  /// The container's record says that it has ended, or never will.
  void exit_told(const std::string& container_id);
  /// Waits while an end of the container has been posted and not told, 3 s at most.
  void await_exit_told(const std::string& container_id);
  /// A client of the container whose output goes through the daemon: gives the guard that lives
  /// until it has all of it.
  [[nodiscard]] std::unique_ptr<ScopeGuard> relay_begun(const std::string& container_id);
  /// While clients of the container, which has ended, are given the last of its output: true, and
  /// `then` is called when they have got it, on the plugin's thread or a relay's: it must neither
  /// wait nor call the inbox. Never, if one has stopped reading: exit_told() and close() let go of
  /// it.
  bool when_streams_end(const std::string& container_id, std::function<void()> then);
  /// take() ends after what is queued.
  void close();

 private:
  /// What stands between a container's end and the news of it.
  struct Streams {
    bool open = false;           // the plugin's
    unsigned relays = 0;         // ours
    std::function<void()> then;  // what follows their end
  };
  using StreamsById = std::map<std::string, Streams>;

  void note_end(const std::string& container_id);
  void streams_ended(const std::string& container_id);
  void relay_ended(const std::string& container_id);
  /// Calls what follows when all have ended, and gives what is to be destroyed without the mutex.
  StreamsById::node_type look_locked(StreamsById::iterator streams);

  ExecTable& execs_;
  std::mutex mutex_;
  std::condition_variable changed_, told_;
  std::deque<pluginhost::PluginEvent> queue_;
  std::set<std::string> untold_exits_;  // container ids
  StreamsById streams_;                 // those that have some
  bool closed_ = false;
};

}  // namespace gantry::services
