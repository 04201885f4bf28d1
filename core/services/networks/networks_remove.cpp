// DELETE /networks/{id} and POST /networks/prune (behaviours.md 11.6).
#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/base/scope_guard.hpp"
#include "core/domain/parent_link.hpp"
#include "core/json/reader.hpp"
#include "core/services/base/prune_event.hpp"
#include "core/services/networks/networks_impl.hpp"

namespace gantry::services {
namespace {

/// So many may be noted before the journal is cleaned of them: by then they are long done.
constexpr int kRemovalsInJournal = 32;

}  // namespace

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
    for (const auto& [id, other] : by_id)
      if (record.config_only && other->record->config_from == record.name)
        throw Error(Errc::permission, "error while removing network: configuration network \"" +
                                          record.name + "\" is in use");
    entry.removing = true;
  }
  ScopeGuard stay([&] {
    const std::lock_guard lock(mutex);
    entry.removing = false;
  });
  std::vector<state::Journal::Change> changes{{kNetworkKind, record.id, {}}};
  if (entry.attaches()) {
    const auto parent = lease_parent(record);
    if (!shares_parent(record)) runtime.network_down(data_plane_network(record, entry.options));
    if (record.driver == "bridge") {
      changes.push_back({kRemovedKind, record.id, data_plane_bridge(record)});
      ++removals;
    }
  }
  if (entry.up.exchange(false)) {
    try {
      names.network_removed(record.id);
    } catch (const Error& error) {
      log::warn("network " + record.name + ": its names stay: " + error.what());
    }
  }
  journal.apply(changes);
  stay.dismiss();
  erase(entry);
  if (!record.config_only) publish_event("destroy", record);
}

void Networks::remove(const std::string& reference) {
  impl_->remove(*impl_->get(reference));
  if (impl_->removals > kRemovalsInJournal) finish_removals();
}

bool Networks::Impl::shares_parent(const domain::NetworkRecord& record, bool members) const {
  if (!domain::has_parent_link(record.driver)) return false;
  const std::string parent = domain::parent_interface(record);
  const std::lock_guard lock(mutex);
  return std::any_of(by_id.begin(), by_id.end(), [&](const auto& one) {
    const NetworkEntry& other = *one.second;
    if (other.record->id == record.id || other.removing || !other.attaches() ||
        !domain::has_parent_link(other.record->driver) || (members && other.members.empty()))
      return false;
    const std::string theirs = domain::parent_interface(*other.record);
    return theirs == parent || theirs.starts_with(parent + ".");  // or is a VLAN of it
  });
}

bool Networks::Impl::bridge_in_use(const std::string& document) const {
  const json::Document parsed = json::Document::parse(document);
  const std::string bridge = parsed.root()["bridge"].str();
  const std::lock_guard lock(mutex);
  return std::any_of(by_id.begin(), by_id.end(),
                     [&](const auto& entry) { return entry.second->record->bridge == bridge; });
}

void Networks::finish_removals() noexcept {
  try {
    impl_->removals = 0;
    impl_->journal.each(kRemovedKind, [&](const std::string& id, const std::string& document) {
      impl_->finish_removal(id, document);
    });
  } catch (const std::exception& error) {
    log::warn(std::string("removed networks: ") + error.what());
  }
}

void Networks::Impl::finish_removal(const std::string& id, const std::string& document) {
  try {
    // A new network of that name was not made before the old one was gone.
    if (!bridge_in_use(document)) remove_for_sure(document);
    journal.erase(kRemovedKind, id);
  } catch (const std::exception& error) {
    log::warn("removed network " + id + ": " + error.what());
  }
}

void Networks::Impl::remove_for_sure(const std::string& document) {
  runtime.network_down(document);
  runtime.network_down(document);  // waits for what the first call began
}

void Networks::interrupt() { impl_->leases.wake_all(); }

void Networks::retire() noexcept {
  try {
    std::string last;
    for (const RecordPtr& record : list()) {
      const EntryPtr entry = impl_->find_id(record->id);
      if (!entry || !entry->attaches()) continue;
      const std::string bridge = impl_->retire(*entry);
      if (!bridge.empty()) last = bridge;
    }
    if (!last.empty()) impl_->remove_for_sure(last);
  } catch (const std::exception& error) {
    log::warn(std::string("unused networks: ") + error.what());
  }
  finish_removals();
}

std::string Networks::Impl::retire(NetworkEntry& entry) {
  const domain::NetworkRecord& record = *entry.record;
  try {
    // The daemon's end waits for nobody; what is worked on stays.
    const auto lease = leases.try_take(record.id);
    if (!lease || has_members(entry)) return {};
    const auto parent = lease_parent(record);
    if (shares_parent(record, true)) return {};
    const std::string document = data_plane_network(record, entry.options);
    runtime.network_down(document);
    entry.up = false;
    if (record.driver == "bridge") return document;
  } catch (const std::exception& error) {
    log::warn("network " + record.name + ": " + error.what());
  }
  return {};
}

bool Networks::Impl::has_members(const NetworkEntry& entry) const {
  const std::lock_guard lock(mutex);
  return !entry.members.empty();
}

std::vector<std::string> Networks::prune(
    const std::function<bool(const domain::NetworkRecord&)>& selected) {
  if (impl_->pruning.exchange(true))
    throw Error(Errc::conflict, "a prune operation is already running");
  const ScopeGuard done([&] { impl_->pruning = false; });
  std::vector<std::string> removed;
  for (const RecordPtr& record : list()) {
    if (record->predefined || record->config_only || !selected(*record)) continue;
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
  publish_prune_event(impl_->events, "network", 0);
  return removed;
}

}  // namespace gantry::services
