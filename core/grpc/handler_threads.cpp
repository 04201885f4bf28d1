#include "core/grpc/handler_threads.hpp"

#include <utility>

namespace gantry::grpc {

void HandlerThreads::run(std::function<void()> job) {
  const std::lock_guard lock(mutex_);  // leave() waits until the thread is in its place
  const auto self = running_.emplace(running_.end());
  try {
    *self = std::thread([this, self, job = std::move(job)] {
      job();
      leave(self);
    });
  } catch (...) {
    running_.erase(self);
    throw;
  }
}

void HandlerThreads::leave(Threads::iterator self) {
  Threads before;
  {
    const std::lock_guard lock(mutex_);
    before.swap(ended_);
    ended_.splice(ended_.end(), running_, self);
    if (running_.empty()) changed_.notify_all();
  }
  for (std::thread& thread : before) thread.join();
}

void HandlerThreads::join_all() {
  Threads last;
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return running_.empty(); });
    last.swap(ended_);
  }
  for (std::thread& thread : last) thread.join();
}

}  // namespace gantry::grpc
