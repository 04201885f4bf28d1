// Work that takes long, done one after another in a thread that is there while there is some. What
// was accepted is done before the object ends. Threads: any.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace gantry::oci {

class Background {
 public:
  Background() = default;
  ~Background();
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  /// `work` throws nothing; what it holds is let go when it is done.
  void run(const std::string& key, std::function<void()> work);
  /// Until no work of that key is waiting or under way.
  void wait_for(const std::string& key);

 private:
  struct Task {
    std::string key;
    std::function<void()> work;
  };
  void loop();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> tasks_;  // the first one is under way
  bool running_ = false;    // a thread works on them; it ends when there are none
  std::thread thread_;
};

}  // namespace gantry::oci
