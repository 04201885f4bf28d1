#include "core/state/later_sync.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <string>

#include "core/base/file.hpp"
#include "core/base/log.hpp"

namespace gantry::state {
namespace {

/// What is written meanwhile goes with it.
constexpr std::chrono::seconds kDelay{1};

}  // namespace

LaterSync::LaterSync(const std::filesystem::path& path)
    : file_(file::open(path, O_RDONLY)), thread_([this] { run(); }) {}

LaterSync::~LaterSync() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void LaterSync::changed() {
  const std::lock_guard lock(mutex_);
  if (!changed_) wake_.notify_one();
  changed_ = true;
}

void LaterSync::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return changed_ || stopped_; });
    if (!changed_) return;
    wake_.wait_for(lock, kDelay, [this] { return stopped_; });
    changed_ = false;
    lock.unlock();
    sync();
    lock.lock();
  }
}

void LaterSync::sync() const {
  if (::fsync(file_.get()) != 0) log::warn(std::string("journal: sync: ") + std::strerror(errno));
}

}  // namespace gantry::state
