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

void Workers::run(std::function<void()> job) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return;
  jobs_.push_back(std::move(job));
  if (jobs_.size() <= idle_ || threads_ >= limit_) {
    work_.notify_one();
    return;
  }
  try {
    std::thread([this] { work(); }).detach();  // stop() waits for threads_ to reach 0
    ++threads_;
  } catch (const std::system_error& error) {
    // Out of threads: those there are will come to it.
    log::warn(std::string("no new worker thread: ") + error.what());
    if (threads_ == 0) {
      jobs_.pop_back();
      throw;
    }
  }
}

void Workers::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (jobs_.empty() && !stopping_) {
      ++idle_;
      work_.wait_for(lock, kIdleLife, [&] { return stopping_ || !jobs_.empty(); });
      --idle_;
    }
    if (jobs_.empty() || stopping_) break;
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

void Workers::stop() {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  std::deque<std::function<void()>> dropped;
  dropped.swap(jobs_);
  work_.notify_all();
  ended_.wait(lock, [&] { return threads_ == 0; });
}

}  // namespace gantry::services
