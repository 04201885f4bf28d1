// Who waits for a container to stop or to be gone (wait, stop, kill, rm -f, log followers). Any
// thread. The exit path reports; each waiter has a flag of its own, so that it can watch its client
// as well.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "core/base/notifier.hpp"

namespace gantry::services {

class ExitWatch {
 public:
  /// How long the exit of a killed container may take to be reported.
  static constexpr std::chrono::seconds kAfterKill{10};

  enum class Until { stopped, removed };
  struct Outcome {
    int exit_code = 0;
    std::string error;
  };

  /// One waiter; leaves the watch with its life. Belongs to one thread.
  class Waiter {
   public:
    ~Waiter();
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;
    /// Fires when outcome() is there, or the engine stops.
    Notifier& notifier() { return notifier_; }
    std::optional<Outcome> outcome() const;
    /// Blocks; false when the time was over. Throws Error{unavailable} when the engine stops: the
    /// caller must not take that for a container that does not end.
    bool wait(std::optional<std::chrono::nanoseconds> limit);

   private:
    friend class ExitWatch;
    Waiter(ExitWatch& watch, std::string id, Until until)
        : watch_(watch), id_(std::move(id)), until_(until) {}
    ExitWatch& watch_;
    const std::string id_;
    const Until until_;
    Notifier notifier_;
    std::optional<Outcome> outcome_;  // guarded by watch_.mutex_
  };

  /// For the next stop or the removal. To learn of one that may already be past, watch first and
  /// look at the record then.
  std::unique_ptr<Waiter> watch(const std::string& id, Until until);
  void stopped(const std::string& id, const Outcome& outcome);
  /// Ends every waiter of the container: what is gone will not stop either.
  void removed(const std::string& id, const Outcome& outcome);
  /// The engine stops: all waiters wake without an outcome.
  void close();

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::set<Waiter*>> waiters_;
  bool closed_ = false;
};

}  // namespace gantry::services
