#include "core/services/containers/container_stats.hpp"

#include "core/base/error.hpp"

namespace gantry::services {

StatsSample ContainerStats::sample(const domain::ContainerRecord& record) const {
  using domain::Status;
  if (record.state.status != Status::running && record.state.status != Status::paused) return {};
  try {
    return {now_nanos(), world_.runtime.stats(record.id)};
  } catch (const Error& error) {
    // It ended in this moment.
    if (error.code() != Errc::conflict && error.code() != Errc::not_found) throw;
    return {};
  }
}

bool ContainerStats::run(const std::string& reference, Mode mode, const Peer& peer,
                         const Show& show) const {
  state::ContainerPtr container = world_.store.get(reference);
  const std::string id = container->record.id;
  const auto gone = watch_.watch(id, ExitWatch::Until::removed);
  StatsSample before;
  for (bool first = true;; first = false) {
    if (!first) {
      const Woken woken = wait_for(gone->notifier(), peer, std::chrono::seconds(1));
      if (woken != Woken::timeout) return woken == Woken::peer_gone || gone->outcome();
      container = world_.store.find_id(id);
      if (!container) return true;
    }
    StatsSample now = sample(container->record);
    const bool primes = mode == Mode::two && first && now.read != 0;
    if (!primes && !show(container->record, now, before)) return true;
    if (!primes && mode != Mode::stream) return true;
    before = std::move(now);
  }
}

}  // namespace gantry::services
