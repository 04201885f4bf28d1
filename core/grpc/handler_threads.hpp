// A thread for each job, joined in the end. Any thread, but the destructor and join_all() not on
// one of them.
#pragma once

#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

namespace gantry::grpc {

class HandlerThreads {
 public:
  HandlerThreads() = default;
  HandlerThreads(const HandlerThreads&) = delete;
  HandlerThreads& operator=(const HandlerThreads&) = delete;
  ~HandlerThreads() { join_all(); }

  /// The job must not throw. Throws std::system_error when there is no thread to be had.
  void run(std::function<void()> job);
  /// No job may come any more.
  void join_all();

 private:
  using Threads = std::list<std::thread>;
  void leave(Threads::iterator self);

  std::mutex mutex_;
  std::condition_variable changed_;
  Threads running_;
  /// At most one: each that ends joins the one before.
  Threads ended_;
};

}  // namespace gantry::grpc
