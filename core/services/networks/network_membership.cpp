#include "core/services/networks/network_membership.hpp"

#include "core/base/error.hpp"
#include "core/base/scope_guard.hpp"
#include "core/services/base/attempt.hpp"

namespace gantry::services {
namespace {

/// The record as it is under the lease: what was looked up before may have changed meanwhile.
domain::ContainerRecord current(const state::ContainerStore& store, const std::string& id) {
  const auto snapshot = store.find_id(id);
  if (!snapshot) throw Error(Errc::not_found, "No such container: " + id);
  if (snapshot->record.removing || snapshot->record.state.dead)
    throw Error(
        Errc::conflict,
        "Container " + id +
            " is marked for removal and cannot be connected or disconnected to the network");
  return snapshot->record;
}

}  // namespace

void NetworkMembership::change(domain::ContainerRecord record, const MembershipIntent& intent,
                               const Work& work, const Work& failed) {
  const std::string id = record.id;
  if (!record.state.running()) {
    work(record);
    store_.put(std::move(record));
    return;
  }
  store_.journal().put(kMembershipIntent, id, to_journal(intent));
  ScopeGuard end_intent([&] { store_.journal().erase(kMembershipIntent, id); });
  work(record);
  // From here on the next daemon needs it, unless the record is written.
  end_intent.dismiss();
  try {
    store_.put(record, {end_membership_intent(id)});
  } catch (const Error&) {
    attempt(id, "a change of its networks that is not recorded", [&] { failed(record); });
    throw;
  }
}

void NetworkMembership::connect(const std::string& network, const std::string& container,
                                const domain::Endpoint& endpoint) {
  const std::string id = store_.get(container)->record.id;
  const state::Lease lease = leases_.take(id);
  domain::ContainerRecord record = current(store_, id);
  const MembershipIntent intent = networks_.plan_connect(record, network, endpoint);
  change(
      std::move(record), intent,
      [&](domain::ContainerRecord& changed) { networks_.connect(changed, network, endpoint); },
      [&](domain::ContainerRecord& changed) {
        networks_.disconnect(changed, network);
        store_.publish(changed);  // its ports may have other numbers
      });
}

void NetworkMembership::disconnect(const std::string& network, const std::string& container,
                                   bool force) {
  const auto found = store_.find(container);
  if (!found) {
    networks_.get(network);
    // Docker looks for an endpoint of that name then; without a container there is none.
    if (force) throw Error(Errc::not_found, "endpoint " + container + " not found");
    throw Error(Errc::not_found, "No such container: " + container);
  }
  const std::string id = found->record.id;
  const state::Lease lease = leases_.take(id);
  // It has left; connecting it again might give it another address.
  change(
      current(store_, id), {},
      [&](domain::ContainerRecord& changed) { networks_.disconnect(changed, network); },
      [&](const domain::ContainerRecord& changed) { store_.publish(changed); });
}

}  // namespace gantry::services
