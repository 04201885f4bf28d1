#include "core/services/forwarded_log.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/services/log_lines.hpp"

namespace gantry::services {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds kFirstDelay{250}, kLongestDelay{30'000};

/// The driver may take the same lines later.
bool may_work_later(Errc code) {
  return code == Errc::unavailable || code == Errc::timeout || code == Errc::cancelled;
}

}  // namespace

ForwardedLog::ForwardedLog(domain::ContainerRecord record, std::filesystem::path marks,
                           LogDrivers& drivers, LogFollow& follow)
    : record_(std::move(record)),
      drivers_(drivers),
      follow_(follow),
      marks_path_(std::move(marks)) {}

void ForwardedLog::run() {
  for (bool more = true; more;) {
    try {
      follow();
    } catch (const std::exception& error) {
      log::error("container " + record_.id + ": its log driver: " + error.what());
    }
    const std::lock_guard lock(mutex_);
    more = std::exchange(again_, false) && !deadline_;
    ended_ = !more;
  }
  close();
  changed_.notify_all();
}

bool ForwardedLog::go_on() {
  const std::lock_guard lock(mutex_);
  if (ended_ || deadline_) return false;
  return again_ = true;
}

void ForwardedLog::end_by(Clock::time_point deadline) {
  const std::lock_guard lock(mutex_);
  deadline_ = deadline_ ? std::min(*deadline_, deadline) : deadline;
  delay_ = {};
  changed_.notify_all();
}

bool ForwardedLog::wait_until_ended(Clock::time_point limit) {
  std::unique_lock lock(mutex_);
  return changed_.wait_until(lock, limit, [&] { return ended_; }) && complete_;
}

bool ForwardedLog::must_end() {
  const std::lock_guard lock(mutex_);
  return deadline_ && Clock::now() >= *deadline_;
}

void ForwardedLog::follow() {
  if (!marks_) marks_.emplace(marks_path_);
  const std::optional<LogMarks> taken = marks_->read();
  LogWindow window;
  if (taken) window.start = [&](const LogSet& set) { return taken->start(set); };
  LogLines lines(taken.value_or(LogMarks{}),
                 [this](auto some, auto after) { return deliver(some, after); });
  follow_.run(record_, window, lines, Peer());
}

pluginhost::LogDriver& ForwardedLog::opened() {
  if (driver_ == nullptr) {
    pluginhost::LogDriver& driver = drivers_.get(record_);
    driver.begin(drivers_.source(record_));
    driver_ = &driver;
  }
  return *driver_;
}

void ForwardedLog::close() {
  if (driver_ == nullptr) return;
  try {
    driver_->end(record_.id);
  } catch (const Error& error) {
    log::warn("container " + record_.id + ": closing its log driver: " + error.what());
  }
}

pluginhost::LogDriver::Taken ForwardedLog::hand_over(std::span<const pluginhost::LogLine> lines) {
  pluginhost::Op op;
  op.cancelled = [this] { return must_end(); };
  try {
    return opened().write(record_.id, lines, op);
  } catch (const Error& error) {
    return {0, Error(Errc::unavailable, error.what())};  // the driver itself is not there
  }
}

bool ForwardedLog::deliver(std::span<const pluginhost::LogLine> lines,
                           std::span<const LogMarks> after) {
  while (!lines.empty()) {
    if (must_end()) return given_up();
    pluginhost::LogDriver::Taken taken = hand_over(lines);
    size_t done = taken.lines;
    if (done != 0) delay_ = {};
    if (taken.error && !may_work_later(taken.error->code()) && done < lines.size()) {
      log::error("container " + record_.id +
                 ": a line of its output is left out: " + taken.error->what());
      taken.error.reset();
      ++done;
    }
    if (done != 0) marks_->write(after[done - 1]);
    lines = lines.subspan(done);
    after = after.subspan(done);
    if (taken.error && !lines.empty()) wait_to_try_again(*taken.error);
  }
  return true;
}

void ForwardedLog::wait_to_try_again(const Error& error) {
  std::unique_lock lock(mutex_);
  if (delay_ == milliseconds{0} && !deadline_)
    log::warn("container " + record_.id + ": its output waits for its log driver: " + error.what());
  delay_ = std::clamp(2 * delay_, kFirstDelay, kLongestDelay);
  const auto next = Clock::now() + delay_;
  const bool had_deadline = deadline_.has_value();
  // A deadline that comes while we wait is a last chance: it is tried at once.
  changed_.wait_until(lock, deadline_ ? std::min(next, *deadline_) : next,
                      [&] { return deadline_.has_value() && !had_deadline; });
}

bool ForwardedLog::given_up() {
  const std::lock_guard lock(mutex_);
  return complete_ = false;
}

}  // namespace gantry::services
