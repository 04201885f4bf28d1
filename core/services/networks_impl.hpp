// What the files networks*.cpp share. Private to them.
//
// Locking: a container's lease (the caller's) → a network's lease → `mutex` → event bus. Leases are
// held over plugin calls, `mutex` never. A network with members cannot go away: whoever has put a
// member into an entry may use its record and addresses without a lease.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/domain/address_pool.hpp"
#include "core/domain/subnet_choice.hpp"
#include "core/ports/forwarder.hpp"
#include "core/ports/port_ledger.hpp"
#include "core/services/networks.hpp"
#include "core/state/leases.hpp"

namespace gantry::services {

using RecordPtr = std::shared_ptr<const domain::NetworkRecord>;

struct NetworkEntry {
  struct Member {
    domain::NetworkMember shown;
    std::optional<domain::Ipv4> address;
  };

  RecordPtr record;
  std::optional<domain::AddressPool> addresses;  // driver bridge
  std::map<std::string, Member> members;         // by container id
  bool removing = false;
  /// The data plane and the name service know it, in this process' life. Set under the network's
  /// lease.
  std::atomic<bool> up{false};
};
using EntryPtr = std::shared_ptr<NetworkEntry>;

struct Networks::Impl {
  Impl(NetworkSettings s, state::Journal& j, state::EventBus& e, pluginhost::Runtime& r,
       pluginhost::NameService& n);

  // --- networks.cpp
  void load();
  void make_predefined();
  /// The callers hold `mutex`.
  EntryPtr find_locked(const std::string& reference) const;
  void insert_locked(const EntryPtr& entry);
  std::vector<domain::Ipv4Prefix> subnets_locked() const;
  EntryPtr find(const std::string& reference) const;
  EntryPtr get(const std::string& reference) const;
  /// By the id in an endpoint; null once the network is gone.
  EntryPtr find_id(const std::string& id) const;
  /// Makes the network exist on the host and in the name service, once per process: lazily, so that
  /// starting the daemon costs nothing.
  void ensure_up(NetworkEntry& entry);
  void publish_event(const std::string& action, const domain::NetworkRecord& network,
                     const std::string& container_id = {});

  // --- networks_remove.cpp
  /// Takes it out of the index.
  void erase(NetworkEntry& entry);
  void remove(NetworkEntry& entry);

  // --- networks_files.cpp
  /// "name:ip" of ExtraHosts, with host-gateway resolved, and of links on the default bridge.
  std::vector<std::string> extra_hosts(const domain::ContainerRecord& record);

  // --- networks_endpoint.cpp: one endpoint of one container, as the steps of bring_up and connect
  /// Takes an address and membership; fills the operational members.
  void join(NetworkEntry& entry, const domain::ContainerRecord& record, domain::Endpoint& endpoint);
  /// Undoes join and clears the operational members.
  void leave(const domain::ContainerRecord& record, domain::Endpoint& endpoint) noexcept;
  void announce(NetworkEntry& entry, const domain::ContainerRecord& record,
                const domain::Endpoint& endpoint);
  void withdraw(NetworkEntry& entry, const domain::ContainerRecord& record,
                const domain::Endpoint& endpoint) noexcept;
  /// Name of the endpoint that owns the default route; empty: none.
  std::string gateway_network(const domain::ContainerRecord& record) const;
  std::string endpoint_document(const domain::Endpoint& endpoint, bool default_route) const;

  // --- networks_sandbox.cpp
  void bring_up_private(domain::ContainerRecord& record, const std::string& mode);
  void tear_down(domain::ContainerRecord& record, bool with_events) noexcept;

  // --- networks_connect.cpp
  /// Takes the default route from one endpoint of a running container to another; either may be
  /// empty.
  void move_default_route(const domain::ContainerRecord& record, const std::string& from,
                          const std::string& to);

  // --- networks_publish.cpp
  /// Host addresses that a binding without one means; `own` holds them when the network names its
  /// own.
  const std::vector<std::string>& addresses_for_any(const domain::NetworkRecord& network,
                                                    std::vector<std::string>& own);
  void publish_ports(domain::ContainerRecord& record, const domain::Endpoint& endpoint,
                     const std::vector<ports::PortRequest>& requests);
  // --- networks_forward.cpp: by the runtime, or by our own forwarder where the runtime can't
  /// Numbers that the runtime has chosen are filled in. A port in use: errno EADDRINUSE.
  void open_ports(const std::string& container_id, const std::string& container_ip,
                  std::vector<domain::PublishedPort>& ports);
  void close_ports(const std::string& container_id);
  /// After a restart of the daemon, with which our forwarder ended.
  void reopen_ports(const domain::ContainerRecord& record);

  /// The default route moved to another endpoint: the published ports lead there from now on.
  void repoint_ports(domain::ContainerRecord& record);

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
  std::once_flag any_addresses_once;
  std::vector<std::string> any_addresses;  // what an empty host ip means
};

inline constexpr const char* kNetworkKind = "network";  // in the journal
/// Bridge options that Docker gives to networks as labels of the driver.
inline constexpr const char* kOptionMtu = "com.docker.network.driver.mtu";
inline constexpr const char* kOptionBridge = "com.docker.network.bridge.name";
inline constexpr const char* kOptionIcc = "com.docker.network.bridge.enable_icc";
inline constexpr const char* kOptionMasquerade = "com.docker.network.bridge.enable_ip_masquerade";
inline constexpr const char* kOptionHostIp = "com.docker.network.bridge.host_binding_ipv4";
inline constexpr const char* kOptionDefault = "com.docker.network.bridge.default_bridge";
inline constexpr const char* kOptionPrefix = "com.docker.network.container_iface_prefix";
inline constexpr const char* kEndpointInterface = "com.docker.network.endpoint.ifname";

/// Name for one more interface of the container. Throws Error{invalid} when the client's choice is
/// taken.
std::string free_interface_name(const domain::ContainerRecord& record,
                                const domain::NetworkRecord& network,
                                const domain::Endpoint& endpoint);

/// True for the network "bridge", which has no names and no static addresses.
bool is_default_bridge(const domain::NetworkRecord& network);

}  // namespace gantry::services
