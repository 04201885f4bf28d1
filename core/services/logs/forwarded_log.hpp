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

#include "core/services/logs/log_follow.hpp"
#include "core/services/logs/log_marks.hpp"
#include "core/services/world/log_drivers.hpp"

namespace gantry::services {

class ForwardedLog {
 public:
  using Clock = std::chrono::steady_clock;
  ForwardedLog(domain::ContainerRecord record, std::filesystem::path marks, LogDrivers& drivers,
               LogFollow& follow);

  /// Until the container has ended and all is taken, or it is told to end.
  void run();
  /// The container runs again, or may have. False: run() has ended.
  bool go_on();
  /// run() ends when all is taken, at the latest at `deadline`; a driver that fails has one more
  /// chance.
  void end_by(Clock::time_point deadline);
  enum class End { not_yet, incomplete, complete };
  End wait_until_ended(Clock::time_point limit);

 private:
  /// One round: to the end of the container's run. False: it could not be read, and may be later.
  bool follow();
  /// False: it is given up.
  bool deliver(std::span<const pluginhost::LogLine> lines, std::span<const LogMarks> after);
  pluginhost::LogDriver::Taken hand_over(std::span<const pluginhost::LogLine> lines);
  pluginhost::LogDriver& begun();
  void end_stream();
  void leave_out(const Error& error);
  void wait_to_try_again(const std::string& why);
  bool must_end();
  bool is_ending();
  /// Gives false.
  bool given_up();

  const domain::ContainerRecord record_;
  LogDrivers& drivers_;
  LogFollow& follow_;
  const std::filesystem::path marks_path_;
  std::optional<LogMarkFile> marks_;
  pluginhost::LogDriver* driver_ = nullptr;  // while it has a stream of ours
  std::chrono::milliseconds delay_{0};       // since the last failure; 0: none
  std::uint64_t left_out_ = 0;               // lines

  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Clock::time_point> deadline_;  // all guarded by mutex_
  bool again_ = false, given_up_ = false, ended_ = false, complete_ = false;
};

}  // namespace gantry::services
