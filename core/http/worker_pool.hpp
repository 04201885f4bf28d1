// Threads that come when they are needed and go when they are not: a task never waits for a thread,
// so that any number of long requests leaves room for the next client. Small stacks. Any thread.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

namespace gantry::http {

class WorkerPool {
 public:
  WorkerPool(size_t stack_bytes, std::chrono::milliseconds idle_time);
  /// Does not wait: call wait_idle() first where it matters.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// Runs the task on an idle thread or a new one; false when the system gives no more threads. The
  /// task must not throw.
  bool try_run(std::function<void()> task);
  /// True when no task runs any more, false after `limit`.
  bool wait_idle(std::chrono::milliseconds limit);
  size_t threads() const;

 private:
  struct State;
  std::shared_ptr<State> state_;  // shared with the threads, which may outlive the pool
  size_t stack_bytes_;
};

}  // namespace gantry::http
