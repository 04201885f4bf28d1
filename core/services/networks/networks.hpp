// Networks and endpoints: the default networks, IPAM, membership, and the sandbox of a container.
// Talks to the runtime's data plane and the name service. Any thread; calls for one container need
// its lease.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/domain/container.hpp"
#include "core/domain/network.hpp"
#include "core/pluginhost/name_service.hpp"
#include "core/pluginhost/runtime.hpp"
#include "core/services/networks/membership_intent.hpp"
#include "core/state/event_bus.hpp"
#include "core/state/journal.hpp"

namespace gantry::services {

inline constexpr const char* kAnySubnet = "auto";

struct NetworkSettings {
  std::string default_bridge = "gantry0";  // interface of the network "bridge"
  std::string default_subnet;              // empty: chosen from the pools
  std::string default_subnet6;             // empty: it has no IPv6; "auto": chosen
  std::vector<std::string> pools;          // "172.17.0.0/12:16"-style: base/prefix:size
  std::string host_resolv_conf = "/etc/resolv.conf";
  std::string host_hosts = "/etc/hosts";
  unsigned mtu = 1500;  // of the default network
  /// Of the driver bridge, as the default network has them, and others whose client sets none.
  std::map<std::string, std::string> options;
  std::map<std::string, std::string> default_options;  // on top, for the default network alone
  bool open_ports = false;  // the runtime can open ports at containers' own addresses
  /// What "host-gateway" in ExtraHosts means; empty: the default bridge's own address.
  std::vector<std::string> host_gateway_ips;
  /// Of resolv.conf, where a container's own are empty; empty: as the host's.
  std::vector<std::string> dns, dns_search, dns_options;
  /// Full id of the running container that a network mode "container:X" names; throws Error in
  /// Docker's words. `joining`: whose mode it is. Unset: X is taken for an id.
  std::function<std::string(const std::string& joining, const std::string& mode)> resolve_container;
  /// Managed files ("/etc/hosts", "/etc/resolv.conf") of running containers. Unset: they are left.
  std::function<std::string(const std::string& id, const std::string& path)> read_guest_file;
  std::function<void(const std::string& id, const std::string& path, const std::string& content)>
      replace_guest_file;
};

/// Files the name service made for a container, to be bind-mounted at /etc/hosts and
/// /etc/resolv.conf.
using pluginhost::ContainerFiles;

class Networks {
 public:
  Networks(NetworkSettings settings, state::Journal& journal, state::EventBus& events,
           pluginhost::Runtime& runtime, pluginhost::NameService& names);
  ~Networks();

  // --- networks (API /networks)
  /// By full id, exact name or id prefix; throws Error{not_found} `network X not found`,
  /// Error{invalid} when a prefix fits several.
  std::shared_ptr<const domain::NetworkRecord> get(const std::string& reference) const;
  std::shared_ptr<const domain::NetworkRecord> find(const std::string& reference) const;
  std::vector<std::shared_ptr<const domain::NetworkRecord>> list() const;
  /// Docker's texts of behaviours.md 11.2; options that this engine lacks are Error{unsupported}
  /// naming them.
  std::shared_ptr<const domain::NetworkRecord> create(const domain::NetworkRequest& request);
  /// Throws Error{permission} for predefined networks and while endpoints are active (11.6).
  void remove(const std::string& reference);
  /// Names of removed networks.
  std::vector<std::string> prune(const std::function<bool(const domain::NetworkRecord&)>& selected);

  /// The address that "host-gateway" means, as long as the default bridge exists; empty: none.
  std::string host_gateway() const;

  /// At boot: a daemon that was killed may not have finished what it had answered already.
  void finish_removals() noexcept;
  /// The daemon ends: who waits for others that work on a network gives up.
  void interrupt();
  /// When the daemon ends: takes from the host what no container uses. It comes again when needed.
  void retire() noexcept;

  // --- containers' side
  /// Throws Error{invalid} when a network that exists can't give what the client asks of it.
  void check_endpoints(const std::map<std::string, domain::Endpoint>& endpoints) const;
  /// Makes everything a container needs before runtime create: addresses, sandbox, names. Fills the
  /// operational members of record.endpoints and record.sandbox_id. Rolls back itself on failure.
  void bring_up(domain::ContainerRecord& record);
  /// Hosts and resolv.conf for a container whose endpoints are up. `hosts`: "name:address" beside
  /// those of ExtraHosts.
  ContainerFiles files(const domain::ContainerRecord& record,
                       const std::vector<std::string>& hosts = {});
  /// After runtime create, before runtime start: lets the container's resolver listen where `files`
  /// says it wants to.
  void open_resolver(const domain::ContainerRecord& record, const ContainerFiles& files);
  /// Publishes record.host_config.port_bindings / publish_all and fills record.published. After
  /// runtime create, before runtime start. Port conflicts carry Docker's text (behaviours.md 4.1).
  void publish(domain::ContainerRecord& record);
  /// Undoes bring_up and publish and clears the operational members; never throws; idempotent.
  void take_down(domain::ContainerRecord& record) noexcept;
  /// At boot, when all that run are adopted: brings the container's files and resolver in step.
  void refresh_files(const domain::ContainerRecord& record) noexcept;
  /// At boot, when all that run are adopted, and before any starts: the default network becomes
  /// what the settings say. One that containers run on stays as it is.
  void follow_settings() noexcept;
  /// At boot: the address of the default network is the host's from the start on, as dockerd's. The
  /// name service hears of it with the first container.
  void raise_default() noexcept;
  /// Removes the interfaces of a container that has ended from its stack, which `guest` still has:
  /// their addresses may be another's next. Before take_down().
  void clear_stack_of_guest(const domain::ContainerRecord& ended,
                            const std::string& guest) noexcept;
  /// At boot: takes the addresses of a container that still runs.
  void adopt(const domain::ContainerRecord& record);
  /// At boot: of a container that does not run the name service may still know something.
  void forget(const domain::ContainerRecord& record) noexcept;
  /// What connect() would do to the container's stack, to be noted before.
  MembershipIntent plan_connect(const domain::ContainerRecord& record, const std::string& network,
                                const domain::Endpoint& endpoint) const;
  /// At boot, after adopt(): the stack of a container that runs gets what its record says, when a
  /// daemon died while it changed that.
  void repair(const domain::ContainerRecord& record, const MembershipIntent& intent) noexcept;
  /// Changes record.endpoints, and the container's stack when it runs; the caller publishes the
  /// record.
  void connect(domain::ContainerRecord& record, const std::string& network,
               const domain::Endpoint& endpoint);
  void disconnect(domain::ContainerRecord& record, const std::string& network);
  /// The record got another name and is about to be published under it: names and dns_names follow.
  void renamed(domain::ContainerRecord& record, const std::string& old_name);
  /// Members for network inspect: container id → endpoint.
  std::map<std::string, domain::NetworkMember> members(const std::string& network_id) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gantry::services
