// The log of one container on its way to its driver. run() belongs to one thread; the others may be
// called by any. What the driver has not taken stays in the container's log and comes again, until
// the container is removed.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <span>

#include "core/services/log_drivers.hpp"
#include "core/services/log_follow.hpp"
#include "core/services/log_marks.hpp"

namespace gantry::services {

class ForwardedLog {
 public:
  using Clock = std::chrono::steady_clock;
  ForwardedLog(domain::ContainerRecord record, std::filesystem::path marks, LogDrivers& drivers,
               LogFollow& follow);

  /// Until the container has ended and all is taken, or it is told to end.
  void run();
  /// The container runs again. False: run() has ended, or is about to.
  bool go_on();
  /// run() ends when all is taken, at the latest at `deadline`.
  void end_by(Clock::time_point deadline);
  /// Whether all was taken when it ended; false also when it did not end in time.
  bool wait_until_ended(Clock::time_point limit);

 private:
  bool deliver(std::span<const pluginhost::LogLine> lines, std::span<const LogMarks> after);
  pluginhost::LogDriver::Taken hand_over(std::span<const pluginhost::LogLine> lines);
  pluginhost::LogDriver& opened();
  void follow();
  void close();
  bool must_end();
  void wait_to_try_again(const Error& error);
  /// Gives false, for deliver().
  bool given_up();

  const domain::ContainerRecord record_;
  LogDrivers& drivers_;
  LogFollow& follow_;
  const std::filesystem::path marks_path_;
  std::optional<LogMarkFile> marks_;
  pluginhost::LogDriver* driver_ = nullptr;  // once it has been opened
  std::chrono::milliseconds delay_{0};       // since the last failure; 0: none

  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Clock::time_point> deadline_;  // all guarded by mutex_
  bool again_ = false, ended_ = false, complete_ = true;
};

}  // namespace gantry::services
