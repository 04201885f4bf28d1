// What the files networks*.cpp share. Private to them.
//
// Locking: a container's lease (the caller's) → a network's lease → `mutex` → event bus. Leases are
// held over plugin calls, `mutex` never. A network with members cannot go away: whoever has put a
// member into an entry may use its record and addresses without a lease.
#pragma once

#include <atomic>
#include <cerrno>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/base/error.hpp"
#include "core/domain/address_pool.hpp"
#include "core/domain/bridge_options.hpp"
#include "core/domain/subnet_choice.hpp"
#include "core/ports/forwarder.hpp"
#include "core/ports/port_ledger.hpp"
#include "core/services/base/has_ended.hpp"
#include "core/services/networks/network_documents.hpp"
#include "core/services/networks/networks.hpp"
#include "core/state/leases.hpp"

namespace gantry::services {

using RecordPtr = std::shared_ptr<const domain::NetworkRecord>;

struct NetworkEntry {
  struct Member {
    domain::NetworkMember shown;
    std::optional<domain::IpAddress> address, address6;
  };

  RecordPtr record;
  domain::BridgeOptions options;  // driver bridge
  std::optional<domain::AddressPool> addresses, addresses6;
  std::map<std::string, Member> members;  // by container id
  bool removing = false;
  /// The data plane and the name service know it, in this process' life. Set under the network's
  /// lease.
  std::atomic<bool> up{false};

  bool attaches() const { return record->attaches(); }
};
using EntryPtr = std::shared_ptr<NetworkEntry>;

struct Networks::Impl {
  Impl(NetworkSettings s, state::Journal& j, state::EventBus& e, pluginhost::Runtime& r,
       pluginhost::NameService& n);

  // --- networks.cpp
  void load();
  struct Match {
    EntryPtr entry;    // the last
    size_t count = 0;  // more than one: by a prefix of their ids
  };
  Match match(const std::string& reference) const;
  /// The callers hold `mutex`.
  void insert_locked(const EntryPtr& entry);
  std::vector<domain::IpPrefix> subnets_locked() const;
  /// What the host routes already, to choose free subnets.
  std::vector<domain::IpPrefix> foreign_subnets();
  EntryPtr find(const std::string& reference) const;
  EntryPtr get(const std::string& reference) const;
  /// Of a reference in a record, as a client once wrote it. Null when it fits several by now.
  EntryPtr find_stored(const std::string& reference) const;
  /// By the id in an endpoint; null once the network is gone.
  EntryPtr find_id(const std::string& id) const;
  /// Makes the network exist on the host and in the name service, once per process: lazily, so that
  /// starting the daemon costs nothing.
  void ensure_up(NetworkEntry& entry);
  /// Throws Error{not_found} when it is being removed, or has been. Under its lease.
  void require_present(const NetworkEntry& entry) const;
  /// The caller holds the network's lease.
  void raise_network(const NetworkEntry& entry);
  /// Over making and removing what networks share; after the network's. Empty: it shares nothing.
  std::optional<state::Lease> lease_parent(const domain::NetworkRecord& record);
  /// Somebody took away what the data plane had made: makes it again.
  void mend(NetworkEntry& entry);
  void publish_event(const std::string& action, const domain::NetworkRecord& network,
                     const std::string& container_id = {});

  // --- networks_default.cpp
  void make_predefined();
  /// The record of the default network as the settings want it; what they leave open stays.
  domain::NetworkRecord default_network(domain::NetworkRecord record);
  void follow_settings();
  /// A free subnet; `engine` names the engine's own block of IPv6 subnets.
  domain::IpamPool chosen_pool(domain::IpFamily family, const std::string& engine);

  // --- networks_create.cpp
  /// Gives the record its interface name, subnets and gateways, all free.
  void settle_locked(domain::NetworkRecord& record, std::vector<domain::IpPrefix> foreign) const;

  // --- networks_remove.cpp
  /// Takes it out of the index.
  void erase(NetworkEntry& entry);
  void remove(NetworkEntry& entry);
  /// Whether another network is on the host's interface of that one, which has to stay then. With
  /// `members`: one that has members.
  bool shares_parent(const domain::NetworkRecord& record, bool members = false) const;
  /// Whether a network that exists has the bridge of that document.
  bool bridge_in_use(const std::string& document) const;
  /// Returns when it is gone.
  void remove_for_sure(const std::string& document);
  /// Does what is left of a removal, as its note tells, and drops the note.
  void finish_removal(const std::string& id, const std::string& document);
  /// Takes a network that nobody uses from the host. The document of its bridge, if that is gone.
  std::string retire(NetworkEntry& entry);
  bool has_members(const NetworkEntry& entry) const;

  // --- networks_files.cpp
  /// "name:ip" of ExtraHosts, with host-gateway resolved.
  std::vector<std::string> extra_hosts(const domain::ContainerRecord& record);
  /// Where containers reach the host; makes sure that it is the host's.
  std::vector<std::string> host_gateway_addresses();
  /// The name service's answer for the container; `runs`: with what its files hold now.
  ContainerFiles files(const domain::ContainerRecord& record, const std::vector<std::string>& hosts,
                       bool runs);
  void open_resolver(const domain::ContainerRecord& record, const ContainerFiles& files);
  /// A running container's networks changed, or the daemon was restarted, perhaps with another name
  /// service: brings its files and its resolver in step.
  void refresh_files(const domain::ContainerRecord& record) noexcept;

  // --- networks_endpoint.cpp: one endpoint of one container, as the steps of bring_up and connect
  /// Takes an address and membership; fills the operational members.
  void join(NetworkEntry& entry, const domain::ContainerRecord& record, domain::Endpoint& endpoint);
  /// Undoes join and clears the operational members.
  void leave(const domain::ContainerRecord& record, domain::Endpoint& endpoint) noexcept;
  void announce(NetworkEntry& entry, const domain::ContainerRecord& record,
                const domain::Endpoint& endpoint);
  void withdraw(NetworkEntry& entry, const domain::ContainerRecord& record,
                const domain::Endpoint& endpoint) noexcept;
  /// With the gateways that the record's endpoints leave to this one.
  std::string endpoint_document(const domain::ContainerRecord& record,
                                const domain::Endpoint& endpoint) const;
  /// Makes an endpoint of a running container, or tells the one that is there which default routes
  /// it has now. A bridge that somebody removed is made again.
  void raise(const domain::ContainerRecord& record, const domain::Endpoint& endpoint);

  // --- networks_sandbox.cpp
  void bring_up_private(domain::ContainerRecord& record, const std::string& mode);
  void raise_sandbox(const domain::ContainerRecord& record, std::string_view mode,
                     const std::vector<domain::Endpoint*>& endpoints);
  void tear_down(domain::ContainerRecord& record, bool with_events) noexcept;

  // --- networks_connect.cpp
  /// Throws what has_ended() tells when the container is no longer there to be connected.
  void connect_running(NetworkEntry& entry, domain::ContainerRecord& record,
                       domain::Endpoint endpoint);
  /// Removes an endpoint of a running container, which may have ended meanwhile.
  void lower(const domain::ContainerRecord& record, const domain::Endpoint& endpoint);
  /// The default routes of a running container go where its endpoints say.
  void settle_routes(const domain::ContainerRecord& record);

  // --- networks_publish.cpp
  /// Name of the endpoint that published ports lead to: the container's way out, where that is a
  /// bridge. Empty: none.
  std::string published_endpoint(const domain::ContainerRecord& record) const;
  PublishedAddresses published_addresses(const domain::ContainerRecord& record) const;
  /// Host addresses that a binding without one means; `ipv4`: the container can be reached by it.
  std::vector<std::string> addresses_for_any(const NetworkEntry& entry, bool ipv4);
  /// What HostConfig wants published, with the addresses that the container's way out can take.
  std::vector<ports::PortRequest> port_requests(const domain::ContainerRecord& record);
  void publish_ports(domain::ContainerRecord& record,
                     const std::vector<ports::PortRequest>& requests);
  // --- networks_forward.cpp: by the runtime, or by our own forwarder where the runtime can't
  /// Numbers that the runtime has chosen are filled in. A port in use: errno EADDRINUSE.
  void open_ports(const std::string& container_id, const PublishedAddresses& addresses,
                  std::vector<domain::PublishedPort>& ports);
  void close_ports(const std::string& container_id);
  /// After a restart of the daemon, with which our forwarder ended.
  void reopen_ports(const domain::ContainerRecord& record);

  /// Published ports lead to other addresses from now on. Throws when they cannot, and leaves them
  /// as they were.
  void repoint_ports(domain::ContainerRecord& record, const PublishedAddresses& before);
  /// Takes back what was published and publishes what HostConfig wants.
  void publish_anew(domain::ContainerRecord& record);
  /// Of a record whose publishing may be half-done.
  void restore_ports(const domain::ContainerRecord& record, const PublishedAddresses& addresses);

  const NetworkSettings settings;
  std::vector<domain::SubnetSource> sources;
  state::Journal& journal;
  state::EventBus& events;
  pluginhost::Runtime& runtime;
  pluginhost::NameService& names;
  state::Leases leases;  // by network id
  ports::PortLedger ledger;
  ports::Forwarder forwarder;

  mutable std::mutex mutex;
  std::map<std::string, EntryPtr> by_id;
  std::map<std::string, std::string> ids_by_name;
  std::atomic<bool> pruning{false};
  std::atomic<int> removals{0};  // noted in the journal as under way
  std::once_flag host_has_ipv6_once;
  bool host_has_ipv6 = false;
};

inline constexpr const char* kNetworkKind = "network";  // in the journal
/// What the data plane was told to remove in this life of the daemon: it works in the background.
inline constexpr const char* kRemovedKind = "network_removed";
/// Name for one more interface of the container. Throws Error{invalid} when the client's choice is
/// taken.
std::string free_interface_name(const domain::ContainerRecord& record, const NetworkEntry& entry,
                                const domain::Endpoint& endpoint);

/// True for the network "bridge", which has no names and no static addresses.
bool is_default_bridge(const domain::NetworkRecord& network);

}  // namespace gantry::services
