#include "core/services/containers/container_prune.hpp"

#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/base/scope_guard.hpp"
#include "core/services/base/prune_event.hpp"
#include "core/services/containers/container_usage.hpp"

namespace gantry::services {

ContainerPrune::Pruned ContainerPrune::run(const domain::FilterArgs& filters) {
  filters.allow({"label", "label!", "until"});
  const UnixNanos until = filters.until();
  if (running_.exchange(true)) throw Error(Errc::conflict, "a prune operation is already running");
  const ScopeGuard done([this] { running_ = false; });

  Pruned pruned;
  const auto all = world_.store.list();
  for (const state::ContainerPtr& seen : *all) {
    world_.inbox.await_exit_told(seen->record.id);
    const state::ContainerPtr settled = world_.store.find_id(seen->record.id);
    if (!settled) continue;
    const domain::ContainerRecord& record = settled->record;
    if (record.state.running() || record.removing) continue;
    if (until != 0 && record.created > until) continue;
    if (!filters.labels_match(record.config.labels)) continue;
    if (filters.has("label!") && filters.labels_match(record.config.labels, "label!")) continue;
    try {
      const state::Lease lease =
          world_.leases.take(record.id, state::Leases::kPatience, state::Leases::Limit::now);
      const state::ContainerPtr now = world_.store.find_id(record.id);
      if (!now || now->record.state.running()) continue;
      const std::uint64_t bytes = container_usage(world_.runtime, record.id).rw;
      remove_.remove_leased(now, false);
      pruned.ids.push_back(record.id);
      pruned.reclaimed += bytes;
    } catch (const Error& error) {
      log::warn("container " + record.id + " cannot be pruned: " + error.what());
    }
  }
  publish_prune_event(world_.events, "container", static_cast<std::int64_t>(pruned.reclaimed));
  return pruned;
}

}  // namespace gantry::services
