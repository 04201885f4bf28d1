#include "core/services/world/exit_watch.hpp"

#include "core/base/error.hpp"

namespace gantry::services {

ExitWatch::Waiter::~Waiter() {
  const std::lock_guard lock(watch_.mutex_);
  const auto found = watch_.waiters_.find(id_);
  found->second.erase(this);
  if (found->second.empty()) watch_.waiters_.erase(found);
}

std::optional<ExitWatch::Outcome> ExitWatch::Waiter::outcome() const {
  const std::lock_guard lock(watch_.mutex_);
  return outcome_;
}

bool ExitWatch::Waiter::wait(std::optional<std::chrono::nanoseconds> limit) {
  // The flag is raised once and never cleared: one wait suffices.
  wait_for(notifier_, Peer(), limit);
  const std::lock_guard lock(watch_.mutex_);
  if (!outcome_ && watch_.closed_) throw Error(Errc::unavailable, "the engine is shutting down");
  return outcome_.has_value();
}

std::unique_ptr<ExitWatch::Waiter> ExitWatch::watch(const std::string& id, Until until) {
  std::unique_ptr<Waiter> waiter(new Waiter(*this, id, until));
  const std::lock_guard lock(mutex_);
  waiters_[id].insert(waiter.get());
  if (closed_) waiter->notifier_.notify();
  return waiter;
}

void ExitWatch::stopped(const std::string& id, const Outcome& outcome) {
  const std::lock_guard lock(mutex_);
  const auto found = waiters_.find(id);
  if (found == waiters_.end()) return;
  for (Waiter* waiter : found->second) {
    if (waiter->until_ != Until::stopped || waiter->outcome_) continue;
    waiter->outcome_ = outcome;
    waiter->notifier_.notify();
  }
}

void ExitWatch::removed(const std::string& id, const Outcome& outcome) {
  const std::lock_guard lock(mutex_);
  const auto found = waiters_.find(id);
  if (found == waiters_.end()) return;
  for (Waiter* waiter : found->second) {
    if (waiter->outcome_) continue;
    waiter->outcome_ = outcome;
    waiter->notifier_.notify();
  }
}

void ExitWatch::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  for (auto& [id, waiters] : waiters_)
    for (Waiter* waiter : waiters) waiter->notifier_.notify();
}

}  // namespace gantry::services
