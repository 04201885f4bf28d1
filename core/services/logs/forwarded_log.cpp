#include "core/services/logs/forwarded_log.hpp"

#include <algorithm>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/services/logs/log_lines.hpp"

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
    const bool complete = follow();
    end_stream();  // before another object may begin one of the same container
    const std::lock_guard lock(mutex_);
    const bool over = deadline_ && Clock::now() >= *deadline_;
    const bool again = std::exchange(again_, false);
    more = (again || !complete) && !over && !given_up_;
    complete_ = complete && !again && !given_up_;
    ended_ = !more;
  }
  changed_.notify_all();
}

bool ForwardedLog::go_on() {
  const std::lock_guard lock(mutex_);
  if (ended_) return false;
  return again_ = true;
}

void ForwardedLog::end_by(Clock::time_point deadline) {
  const std::lock_guard lock(mutex_);
  deadline_ = deadline_ ? std::min(*deadline_, deadline) : deadline;
  changed_.notify_all();
}

ForwardedLog::End ForwardedLog::wait_until_ended(Clock::time_point limit) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_until(lock, limit, [&] { return ended_; })) return End::not_yet;
  return complete_ ? End::complete : End::incomplete;
}

bool ForwardedLog::must_end() {
  const std::lock_guard lock(mutex_);
  return deadline_ && Clock::now() >= *deadline_;
}

bool ForwardedLog::follow() {
  try {
    if (!marks_) marks_.emplace(marks_path_);
    const std::optional<LogMarks> taken = marks_->read();
    LogWindow window;
    if (taken) window.start = [&](const LogSet& set) { return taken->start(set); };
    LogLines lines(taken.value_or(LogMarks{}),
                   [this](auto some, auto after) { return deliver(some, after); });
    follow_.run(record_, window, lines, Peer());
    return true;
  } catch (const std::exception& error) {
    // The log cannot be read, or its marks not be written: that may pass.
    wait_to_try_again(error.what());
    return false;
  }
}

pluginhost::LogDriver& ForwardedLog::begun() {
  if (driver_ == nullptr) {
    pluginhost::LogDriver& driver = drivers_.get(record_);
    driver.begin(drivers_.source(record_));
    driver_ = &driver;
  }
  return *driver_;
}

void ForwardedLog::end_stream() {
  if (driver_ == nullptr) return;
  try {
    driver_->end(record_.id);
  } catch (const Error& error) {
    log::warn("container " + record_.id + ": closing its log driver: " + error.what());
  }
  driver_ = nullptr;
}

pluginhost::LogDriver::Taken ForwardedLog::hand_over(std::span<const pluginhost::LogLine> lines) {
  pluginhost::Op op;
  op.cancelled = [this] { return must_end(); };
  pluginhost::LogDriver::Taken taken;
  try {
    taken = begun().write(record_.id, lines, op);
  } catch (const std::exception& error) {
    return {0, Error(Errc::unavailable, error.what())};  // the driver itself is not there
  }
  if (taken.error && taken.error->code() == Errc::not_found) {
    driver_ = nullptr;  // it has lost the stream: a new one, and the same lines
    taken.error = Error(Errc::unavailable, taken.error->what());
  }
  return taken;
}

bool ForwardedLog::deliver(std::span<const pluginhost::LogLine> lines,
                           std::span<const LogMarks> after) {
  while (!lines.empty()) {
    const bool last_chance = is_ending();
    pluginhost::LogDriver::Taken taken = hand_over(lines);
    size_t done = taken.lines;
    if (done != 0) delay_ = {};
    if (taken.error && !may_work_later(taken.error->code()) && done < lines.size()) {
      leave_out(*taken.error);
      taken.error.reset();
      ++done;
    }
    if (done != 0) marks_->write(after[done - 1]);
    lines = lines.subspan(done);
    after = after.subspan(done);
    if (lines.empty()) break;
    if (must_end() || (taken.error && last_chance && done == 0)) return given_up();
    if (taken.error) wait_to_try_again(taken.error->what());
  }
  return true;
}

void ForwardedLog::leave_out(const Error& error) {
  constexpr std::uint64_t kTold = 1000;
  if (left_out_++ % kTold == 0)
    log::error("container " + record_.id + ": a line of its output is left out (" +
               std::to_string(left_out_) + " so far): " + error.what());
}

bool ForwardedLog::is_ending() {
  const std::lock_guard lock(mutex_);
  return deadline_.has_value();
}

void ForwardedLog::wait_to_try_again(const std::string& why) {
  if (delay_ == milliseconds{0})
    log::warn("container " + record_.id + ": its output waits for its log driver: " + why);
  delay_ = std::clamp(2 * delay_, kFirstDelay, kLongestDelay);
  const auto next = Clock::now() + delay_;
  std::unique_lock lock(mutex_);
  // A deadline that comes while we wait is a last chance: it is tried at once.
  const bool had_deadline = deadline_.has_value();
  changed_.wait_until(lock, deadline_ ? std::min(next, *deadline_) : next,
                      [&] { return deadline_.has_value() && !had_deadline; });
}

bool ForwardedLog::given_up() {
  const std::lock_guard lock(mutex_);
  given_up_ = true;
  return false;
}

}  // namespace gantry::services
