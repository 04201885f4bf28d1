#include "base/background.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

namespace gantry::oci {

Background::~Background() {
  if (thread_.joinable()) thread_.join();
}

void Background::run(const std::string& key, std::function<void()> work) {
  std::unique_lock lock(mutex_);
  tasks_.push_back({key, std::move(work)});
  if (running_) return;
  running_ = true;
  if (thread_.joinable()) thread_.join();  // it has ended, or is about to
  try {
    thread_ = std::thread([this] { loop(); });
  } catch (const std::system_error&) {  // no room for another thread
    lock.unlock();
    loop();
  }
}

void Background::wait_for(const std::string& key) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] {
    return std::none_of(tasks_.begin(), tasks_.end(),
                        [&](const Task& task) { return task.key == key; });
  });
}

void Background::loop() {
  std::unique_lock lock(mutex_);
  while (!tasks_.empty()) {
    {
      const auto work = std::move(tasks_.front().work);
      lock.unlock();
      work();
    }
    lock.lock();
    tasks_.pop_front();
    changed_.notify_all();
  }
  running_ = false;
}

}  // namespace gantry::oci
