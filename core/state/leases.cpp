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

Lease Leases::take(const std::string& id, std::chrono::nanoseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  std::unique_lock lock(mutex_);
  const auto [entry, free] = held_.try_emplace(id);
  if (free) return Lease(*this, id);
  Waiter waiter;
  entry->second.push_back(&waiter);
  waiter.turn.wait_until(lock, deadline, [&] { return waiter.granted || closing_; });
  if (waiter.granted) return Lease(*this, id);
  // The key stays while the lease is held, so the queue we stand in is still there.
  auto& queue = held_.at(id);
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
  for (auto& [id, queue] : held_)
    for (Waiter* waiter : queue) waiter->turn.notify_one();
}

void Leases::release(const std::string& id) noexcept {
  const std::lock_guard lock(mutex_);
  const auto entry = held_.find(id);
  if (entry->second.empty()) {
    held_.erase(entry);
    return;
  }
  // Handed over directly: a newcomer cannot slip in before the one who waited longest.
  Waiter* next = entry->second.front();
  entry->second.pop_front();
  next->granted = true;
  next->turn.notify_one();
}

}  // namespace gantry::state
