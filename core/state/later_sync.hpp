// Brings what is written to a file to the disk within a second, so that a power cut takes no more,
// while nobody waits for the disk. A thread of its own, which sleeps while nothing is written.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>

#include "core/base/unique_fd.hpp"

namespace gantry::state {

class LaterSync {
 public:
  /// `path` is there, and stays; its descriptor is no one's that has locks on the file.
  explicit LaterSync(const std::filesystem::path& path);
  ~LaterSync();
  LaterSync(const LaterSync&) = delete;
  LaterSync& operator=(const LaterSync&) = delete;

  /// Something has been written [any thread].
  void changed();

 private:
  void run();
  void sync() const;

  const UniqueFd file_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool changed_ = false, stopped_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace gantry::state
