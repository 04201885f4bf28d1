#include "core/http/worker_pool.hpp"

#include <pthread.h>

#include <condition_variable>
#include <deque>
#include <mutex>

#include "core/base/error.hpp"

namespace gantry::http {

struct WorkerPool::State {
  const std::chrono::milliseconds idle_time;
  std::mutex mutex;
  std::condition_variable work;             // a task was queued, or the pool closes
  std::condition_variable quiet;            // no task runs
  std::deque<std::function<void()>> queue;  // never longer than the number of idle threads
  size_t idle = 0;
  size_t busy = 0;
  bool closing = false;

  explicit State(std::chrono::milliseconds idle_limit) : idle_time(idle_limit) {}

  /// A thread's life: the task it was made for, then what comes while it is idle.
  void serve(std::function<void()> task) {
    std::unique_lock lock(mutex);
    for (;;) {
      lock.unlock();
      task();
      task = nullptr;  // its captures end before the thread counts as idle
      lock.lock();
      if (--busy == 0) quiet.notify_all();
      ++idle;
      work.wait_for(lock, idle_time, [&] { return !queue.empty() || closing; });
      --idle;
      if (queue.empty()) break;
      task = std::move(queue.front());
      queue.pop_front();
    }
  }
};

namespace {

struct ThreadStart {
  std::function<void()> run;
};

extern "C" void* gantry_http_worker(void* argument) {
  const std::unique_ptr<ThreadStart> start(static_cast<ThreadStart*>(argument));
  start->run();
  return nullptr;
}

class Attributes {
 public:
  explicit Attributes(size_t stack_bytes) {
    ::pthread_attr_init(&attributes_);
    ::pthread_attr_setdetachstate(&attributes_, PTHREAD_CREATE_DETACHED);
    ::pthread_attr_setstacksize(&attributes_, stack_bytes);
  }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  ~Attributes() { ::pthread_attr_destroy(&attributes_); }
  const pthread_attr_t* get() const { return &attributes_; }

 private:
  pthread_attr_t attributes_;
};

bool try_start_thread(size_t stack_bytes, std::function<void()> run) {
  auto start = std::make_unique<ThreadStart>(ThreadStart{std::move(run)});
  const Attributes attributes(stack_bytes);
  pthread_t thread;
  if (::pthread_create(&thread, attributes.get(), gantry_http_worker, start.get()) != 0)
    return false;
  (void)start.release();  // the thread's now
  return true;
}

}  // namespace

WorkerPool::WorkerPool(size_t stack_bytes, std::chrono::milliseconds idle_time)
    : state_(std::make_shared<State>(idle_time)), stack_bytes_(stack_bytes) {}

WorkerPool::~WorkerPool() {
  const std::lock_guard lock(state_->mutex);
  state_->closing = true;
  state_->work.notify_all();
}

bool WorkerPool::try_run(std::function<void()> task) {
  {
    const std::lock_guard lock(state_->mutex);
    ++state_->busy;
    if (state_->idle > state_->queue.size()) {
      state_->queue.push_back(std::move(task));
      state_->work.notify_one();
      return true;
    }
  }
  auto run = [state = state_, task = std::move(task)]() mutable { state->serve(std::move(task)); };
  if (try_start_thread(stack_bytes_, std::move(run))) return true;
  const std::lock_guard lock(state_->mutex);
  if (--state_->busy == 0) state_->quiet.notify_all();
  return false;
}

bool WorkerPool::wait_idle(std::chrono::milliseconds limit) {
  std::unique_lock lock(state_->mutex);
  return state_->quiet.wait_for(lock, limit, [&] { return state_->busy == 0; });
}

size_t WorkerPool::threads() const {
  const std::lock_guard lock(state_->mutex);
  return state_->busy + state_->idle - state_->queue.size();
}

}  // namespace gantry::http
