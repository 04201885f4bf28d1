// Containers that are being started now. Who asks for the state of one waits until the start has
// succeeded or failed, as with Docker: of several clients that share a container by its name, one
// starts it, and the others find it running, not "created". Any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <string>

namespace gantry::services {

class StartsUnderWay {
 public:
  /// A start that hangs must not pile up requests without end.
  static constexpr std::chrono::minutes kPatience{5};

  /// For the time of one start; its lease is held.
  class Mark {
   public:
    Mark(StartsUnderWay& starts, std::string id);
    ~Mark();
    Mark(const Mark&) = delete;
    Mark& operator=(const Mark&) = delete;

   private:
    StartsUnderWay& starts_;
    const std::string id_;
  };

  /// Until nobody starts it, for kPatience, or until the engine ends. Not with its lease held.
  void wait(const std::string& id);
  /// The daemon ends: nobody waits any more.
  void close();

 private:
  std::mutex mutex_;
  std::condition_variable ended_;
  std::set<std::string> ids_;
  bool closing_ = false;
};

}  // namespace gantry::services
