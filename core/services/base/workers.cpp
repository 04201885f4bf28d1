#include "core/services/base/workers.hpp"

#include <chrono>
#include <exception>
#include <string>
#include <system_error>
#include <thread>

#include "core/base/log.hpp"

namespace gantry::services {
namespace {

constexpr std::chrono::seconds kIdleLife{10};

}  // namespace

Workers::Workers(size_t limit) : limit_(limit) {
  const std::lock_guard lock(mutex_);
  add_thread_locked();
}

// Detached: stop() waits for threads_ to reach 0.
void Workers::add_thread_locked() {
  std::thread([this] { work(); }).detach();
  ++threads_;
}

void Workers::run(std::function<void()> job) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return;
  jobs_.push_back(std::move(job));
  if (jobs_.size() <= idle_ || threads_ >= limit_) {
    work_.notify_one();
    return;
  }
  try {
    add_thread_locked();
  } catch (const std::system_error& error) {
    // Those there are will come to it.
    log::warn(std::string("no new worker thread: ") + error.what());
  }
}

void Workers::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (jobs_.empty() && !stopping_) {
      ++idle_;
      const auto wanted = [&] { return stopping_ || !jobs_.empty(); };
      if (threads_ == 1)
        work_.wait(lock, wanted);
      else
        work_.wait_for(lock, kIdleLife, wanted);
      --idle_;
    }
    if (stopping_) break;
    if (jobs_.empty()) {
      if (threads_ > 1) break;
      continue;
    }
    std::function<void()> job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    try {
      job();
    } catch (const std::exception& error) {
      log::error(std::string("background job: ") + error.what());
    }
    job = nullptr;  // what it holds goes before the mutex is taken
    lock.lock();
  }
  --threads_;
  // Under the mutex: once it is free, `this` may be gone.
  ended_.notify_all();
}

bool Workers::stop(std::chrono::nanoseconds patience) {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  std::deque<std::function<void()>> dropped;
  dropped.swap(jobs_);
  work_.notify_all();
  return ended_.wait_for(lock, patience, [&] { return threads_ == 0; });
}

}  // namespace gantry::services
