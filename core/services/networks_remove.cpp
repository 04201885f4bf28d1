// DELETE /networks/{id} and POST /networks/prune (behaviours.md 11.6).
#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/base/scope_guard.hpp"
#include "core/services/network_documents.hpp"
#include "core/services/networks_impl.hpp"

namespace gantry::services {

void Networks::Impl::erase(NetworkEntry& entry) {
  const std::lock_guard lock(mutex);
  entry.removing = true;
  by_id.erase(entry.record->id);
  if (const auto it = ids_by_name.find(entry.record->name);
      it != ids_by_name.end() && it->second == entry.record->id)
    ids_by_name.erase(it);
}

void Networks::Impl::remove(NetworkEntry& entry) {
  const domain::NetworkRecord& record = *entry.record;
  if (record.predefined)
    throw Error(Errc::permission, record.name + " is a pre-defined network and cannot be removed");
  const state::Lease lease = leases.take(record.id);
  {
    // From here on no endpoint can join; those that have are counted.
    const std::lock_guard lock(mutex);
    if (entry.removing) throw Error(Errc::not_found, "network " + record.name + " not found");
    if (!entry.members.empty()) {
      std::string members;
      for (const auto& [id, member] : entry.members)
        members += (members.empty() ? "name:\"" : ", name:\"") + member.shown.container_name +
                   "\" id:\"" + id.substr(0, 12) + "\"";
      throw Error(Errc::permission, "error while removing network: network " + record.name +
                                        " has active endpoints (" + members + ")");
    }
    entry.removing = true;
  }
  ScopeGuard stay([&] {
    const std::lock_guard lock(mutex);
    entry.removing = false;
  });
  runtime.network_down(data_plane_network(record, settings.mtu));
  if (entry.up.exchange(false)) {
    try {
      names.network_removed(record.id);
    } catch (const Error& error) {
      log::warn("network " + record.name + ": its names stay: " + error.what());
    }
  }
  journal.erase(kNetworkKind, record.id);
  stay.dismiss();
  erase(entry);
  publish_event("destroy", record);
}

void Networks::remove(const std::string& reference) { impl_->remove(*impl_->get(reference)); }

std::vector<std::string> Networks::prune(
    const std::function<bool(const domain::NetworkRecord&)>& selected) {
  if (impl_->pruning.exchange(true))
    throw Error(Errc::conflict, "a prune operation is already running");
  const ScopeGuard done([&] { impl_->pruning = false; });
  std::vector<std::string> removed;
  for (const RecordPtr& record : list()) {
    if (record->predefined || !selected(*record)) continue;
    const EntryPtr entry = impl_->find_id(record->id);
    if (!entry || !members(record->id).empty()) continue;
    try {
      impl_->remove(*entry);
      removed.push_back(record->name);
    } catch (const Error& error) {
      // Someone joined or removed it meanwhile; a prune takes what it can get.
      log::info("network prune: " + record->name + " stays: " + error.what());
    }
  }
  domain::Event event;
  event.type = "network";
  event.action = "prune";
  event.attributes = {{"reclaimed", "0"}};
  impl_->events.publish(std::move(event));
  return removed;
}

}  // namespace gantry::services
