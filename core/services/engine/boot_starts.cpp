#include "core/services/engine/boot_starts.hpp"

#include "core/domain/joined_containers.hpp"
#include "core/services/base/attempt.hpp"

namespace gantry::services {

void BootStarts::add(const domain::ContainerRecord& record) {
  const std::lock_guard lock(mutex_);
  waiting_[record.id];
  if (!ran_) return;
  find_owners_locked(record.id);
  start_ready_locked();
}

void BootStarts::run() {
  const std::lock_guard lock(mutex_);
  ran_ = true;
  for (const auto& [id, owners] : waiting_) find_owners_locked(id);
  start_ready_locked();
}

void BootStarts::find_owners_locked(const std::string& id) {
  attempt(id, "what it has to wait for", [&] {
    const state::ContainerPtr container = world_.store.find_id(id);
    if (!container) return;
    for (const std::string& reference : domain::joined_containers(container->record))
      if (const state::ContainerPtr owner = world_.store.find_stored(reference);
          owner && owner->record.id != id && waiting_.count(owner->record.id) > 0)
        waiting_[id].insert(owner->record.id);
  });
}

void BootStarts::start_ready_locked() {
  std::set<std::string> ready;
  for (const auto& [id, owners] : waiting_)
    if (owners.empty()) ready.insert(id);
  // What is left waits for itself in a circle: then there is no right order.
  if (ready.empty() && under_way_ == 0)
    for (const auto& [id, owners] : waiting_) ready.insert(id);
  for (const std::string& id : ready) {
    waiting_.erase(id);
    ++under_way_;
    workers_.run([this, id] { start(id); });
  }
}

void BootStarts::start(const std::string& id) {
  attempt(id, "starting it again", [&] {
    const state::Lease lease = world_.leases.take(id);
    const state::ContainerPtr container = world_.store.find_id(id);
    if (container && !container->record.state.running() && !container->record.removing)
      start_.run_again(container, ContainerStart::Count::reset);
  });
  finished(id);
}

void BootStarts::finished(const std::string& id) {
  const std::lock_guard lock(mutex_);
  --under_way_;
  for (auto& [waiter, owners] : waiting_) owners.erase(id);
  start_ready_locked();
}

}  // namespace gantry::services
