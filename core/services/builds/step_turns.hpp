// Builds at the same time that come to the same step: one makes it, the others wait and find it in
// the cache. Any thread.
#pragma once

#include <condition_variable>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <utility>

namespace gantry::services {

class StepTurns {
 public:
  class Turn {
   public:
    Turn(StepTurns& turns, std::string key) : turns_(&turns), key_(std::move(key)) {}
    Turn(Turn&& other) noexcept
        : turns_(std::exchange(other.turns_, nullptr)), key_(std::move(other.key_)) {}
    Turn& operator=(Turn&&) = delete;
    ~Turn() {
      if (turns_ != nullptr) turns_->release(key_);
    }

   private:
    StepTurns* turns_;
    std::string key_;
  };

  /// Waits while another has the turn at this step. Throws Error{cancelled}.
  Turn take(const std::string& key, const std::stop_token& stop);

 private:
  void release(const std::string& key) noexcept;

  std::mutex mutex_;
  std::condition_variable_any released_;
  std::set<std::string> taken_;
};

}  // namespace gantry::services
