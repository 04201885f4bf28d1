#include "core/state/leases.hpp"

#include <algorithm>
#include <utility>

#include "core/base/error.hpp"

namespace gantry::state {

Lease::Lease(Lease&& other) noexcept
    : leases_(std::exchange(other.leases_, nullptr)), id_(std::move(other.id_)) {}

Lease& Lease::operator=(Lease&& other) noexcept {
  if (this != &other) {
    release();
    leases_ = std::exchange(other.leases_, nullptr);
    id_ = std::move(other.id_);
  }
  return *this;
}

void Lease::release() noexcept {
  if (leases_ != nullptr) std::exchange(leases_, nullptr)->release(id_);
}

void Lease::lasts(bool on) {
  const std::lock_guard lock(leases_->mutex_);
  Leases::Held& held = leases_->held_.at(id_);
  if (on)
    held.lasts = true;
  else
    held.end_lasting();
}

void Leases::Held::end_lasting() {
  if (!std::exchange(lasts, false)) return;
  lasted_until = std::chrono::steady_clock::now();
}

Lease Leases::take(const std::string& id, std::chrono::nanoseconds limit, Limit counts) {
  std::unique_lock lock(mutex_);
  const auto [entry, free] = held_.try_emplace(id);
  if (free) return Lease(*this, id);
  Waiter waiter;
  entry->second.queue.push_back(&waiter);
  const auto done = [&] { return waiter.granted || closing_; };
  // The key stays while the lease is held, so the queue we stand in stays there.
  auto deadline = std::chrono::steady_clock::now() + limit;
  while (!waiter.turn.wait_until(lock, deadline, done) && counts == Limit::later) {
    const Held& held = held_.at(id);
    const auto now = std::chrono::steady_clock::now();
    deadline = (held.lasts ? now : held.lasted_until) + limit;
    if (deadline <= now) break;
  }
  if (waiter.granted) return Lease(*this, id);
  auto& queue = held_.at(id).queue;
  queue.erase(std::find(queue.begin(), queue.end(), &waiter));
  throw Error(Errc::timeout, closing_ ? "the engine is shutting down"
                                      : "timed out waiting for another operation on " + id);
}

std::optional<Lease> Leases::try_take(const std::string& id) {
  const std::lock_guard lock(mutex_);
  if (!held_.try_emplace(id).second) return std::nullopt;
  return Lease(*this, id);
}

void Leases::wake_all() {
  const std::lock_guard lock(mutex_);
  closing_ = true;
  for (auto& [id, held] : held_)
    for (Waiter* waiter : held.queue) waiter->turn.notify_one();
}

void Leases::release(const std::string& id) noexcept {
  const std::lock_guard lock(mutex_);
  const auto entry = held_.find(id);
  auto& queue = entry->second.queue;
  if (queue.empty()) {
    held_.erase(entry);
    return;
  }
  entry->second.end_lasting();
  // Handed over directly: a newcomer cannot slip in before the one who waited longest.
  Waiter* next = queue.front();
  queue.pop_front();
  next->granted = true;
  next->turn.notify_one();
}

}  // namespace gantry::state
