// Carries progress from the threads of a pull to the one that owns the client's connection. The
// workers post; the connection's thread writes, notices that the client went away and stops them.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>

#include "core/base/notifier.hpp"

namespace gantry::services {

/// Where a client's progress lines go. `write` belongs to the connection's thread and returns false
/// once the client is gone.
struct ProgressOutput {
  std::function<bool(std::string_view)> write;
  Peer peer;
};

/// Any thread. Amounts of one layer's step are thinned out to ten a second. Other lines wait while
/// the client reads slowly: a build's commands may write without end.
class ProgressBoard {
 public:
  /// A complete object, written as it is.
  void line(std::string object);
  /// Layer `id` (12 digits) is at this step.
  void step(const std::string& id, std::string_view status);
  /// … and that far in it, in bytes.
  void amount(const std::string& id, std::string_view status, std::uint64_t current,
              std::uint64_t total);

 private:
  friend void run_with_progress(const ProgressOutput&,
                                const std::function<void(ProgressBoard&, std::stop_token)>&,
                                const std::stop_token&);
  struct Entry {
    std::string id, status, object;
    bool is_amount = false;
  };
  void post(Entry entry);
  std::deque<Entry> take();

  std::mutex mutex_;
  std::deque<Entry> queue_;
  std::size_t queued_bytes_ = 0;
  std::condition_variable_any taken_;
  std::stop_token stop_;  // nobody waits any more, and lines are dropped
  std::map<std::string, std::pair<std::string, std::chrono::steady_clock::time_point>> last_amount_;
  Notifier notifier_;
  bool done_ = false;
};

/// Runs `work` on a thread of its own until it ends, writing what it posts. When the client goes
/// away, or `outer` is told to stop, the stop token fires; the work's exception is rethrown here.
void run_with_progress(const ProgressOutput& output,
                       const std::function<void(ProgressBoard&, std::stop_token)>& work,
                       const std::stop_token& outer = {});

/// The same without progress.
void run_while_there(const Peer& peer, const std::function<void(std::stop_token)>& work);

}  // namespace gantry::services
