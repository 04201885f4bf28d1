// net-hosts: containers find each other by one marked block in /etc/hosts, right in every running
// member of a user-defined network. On the default network Docker resolves no names, and neither
// does this. Settings: [plugins.net-hosts] fallback_dns = ["8.8.8.8", "8.8.4.4"].
#include <fstream>
#include <gantry/cpp/network.hpp>
#include <iterator>
#include <set>

#include "guest_writer.hpp"
#include "hosts_file.hpp"
#include "journal.hpp"
#include "resolv_conf.hpp"

namespace net_hosts {

namespace sdk = gantry::sdk;

class NetHosts final : public sdk::NameService {
 public:
  explicit NetHosts(const sdk::Host& host)
      : journal_(host.run_dir()),
        networks_(journal_.networks()),
        bases_(journal_.container_bases()),
        guests_(host) {
    fallback_dns_ = sdk::Object(host.config()).strings("fallback_dns");
    if (fallback_dns_.empty()) fallback_dns_ = {"8.8.8.8", "8.8.4.4"};  // Docker's own
    // A former daemon has written these; only changes are written again.
    for (const auto& [id, base] : bases_) guests_.written(id, *hosts_of(id));
  }

  void network_added(const sdk::Network& network) override {
    const std::lock_guard lock(mutex_);
    NetworkRecord& record = networks_[network.id];
    record.network = network;
    save(record);
  }

  void network_removed(const std::string& network_id) override {
    std::set<std::string> affected;
    {
      const std::lock_guard lock(mutex_);
      const auto it = networks_.find(network_id);
      if (it == networks_.end()) return;
      for (const auto& [id, member] : it->second.members) affected.insert(id);
      networks_.erase(it);
      journal_.remove_network(network_id);
      for (const auto& id : affected) forget_if_alone(id);
    }
    refresh(affected);
  }

  void endpoint_added(const std::string& network_id, const sdk::Member& member) override {
    std::set<std::string> affected;
    {
      const std::lock_guard lock(mutex_);
      const auto it = networks_.find(network_id);
      if (it == networks_.end()) throw sdk::Error(GANTRY_NOT_FOUND, "no network " + network_id);
      sdk::Member added = member;
      if (added.names.empty()) {
        added.names = {added.name};
        added.names.insert(added.names.end(), added.aliases.begin(), added.aliases.end());
      }
      it->second.members[member.container_id] = std::move(added);
      save(it->second);
      affected = members_of(it->second);
    }
    refresh(affected);
  }

  void endpoint_removed(const std::string& network_id, const std::string& container_id) override {
    std::set<std::string> affected;
    {
      const std::lock_guard lock(mutex_);
      const auto it = networks_.find(network_id);
      if (it != networks_.end() && it->second.members.erase(container_id) != 0) {
        save(it->second);
        affected = members_of(it->second);
      }
      if (!forget_if_alone(container_id)) affected.insert(container_id);
    }
    refresh(affected);
  }

  sdk::ContainerFiles container_files(const sdk::ContainerRequest& container) override {
    sdk::ContainerRequest request = container;
    use_upstream_of_local_resolver(request);
    sdk::ContainerFiles files{base_hosts(request), resolv_conf(request, fallback_dns_)};
    // A container in the host's network, or in another's, belongs to no network itself.
    if (request.endpoints.empty()) return files;
    const std::lock_guard lock(mutex_);
    journal_.save_container(request.id, files.hosts);
    bases_[request.id] = files.hosts;
    std::set<std::string> networks;
    for (const auto& endpoint : request.endpoints) networks.insert(endpoint.network_id);
    files.hosts += block_of(networks);
    guests_.written(request.id, files.hosts);
    return files;
  }

 private:
  /// systemd-resolved puts its loopback address into resolv.conf and the real servers into a file
  /// beside it (systemd-resolved.service(8)).
  static void use_upstream_of_local_resolver(sdk::ContainerRequest& request) {
    if (request.mode == "host") return;
    const auto servers = parse_resolver_file(request.host_resolv_conf).nameservers;
    for (const auto& server : servers)
      if (!is_loopback(server)) return;
    std::ifstream upstream("/run/systemd/resolve/resolv.conf");
    if (!upstream) return;
    request.host_resolv_conf.assign(std::istreambuf_iterator<char>(upstream),
                                    std::istreambuf_iterator<char>());
  }

  /// The default network changes with every container, and nobody's names depend on it.
  void save(const NetworkRecord& record) {
    if (!record.network.is_default) journal_.save(record);
  }

  static std::set<std::string> members_of(const NetworkRecord& record) {
    std::set<std::string> ids;
    if (record.network.is_default) return ids;  // nobody's file changes
    for (const auto& [id, member] : record.members) ids.insert(id);
    return ids;
  }

  /// The block for a container in these networks. mutex_ is held.
  std::string block_of(const std::set<std::string>& network_ids) const {
    std::vector<sdk::Member> members;
    for (const auto& id : network_ids) {
      const auto it = networks_.find(id);
      if (it == networks_.end() || it->second.network.is_default) continue;
      for (const auto& [container_id, member] : it->second.members) members.push_back(member);
    }
    return names_block(members);
  }

  /// The whole file of a container; nullopt when it was never started here. mutex_ is held.
  std::optional<std::string> hosts_of(const std::string& container_id) const {
    const auto base = bases_.find(container_id);
    if (base == bases_.end()) return std::nullopt;
    std::set<std::string> networks;
    for (const auto& [id, record] : networks_)
      if (record.members.count(container_id)) networks.insert(id);
    return base->second + block_of(networks);
  }

  /// Drops what is kept for a container that left its last network. mutex_ is held.
  bool forget_if_alone(const std::string& container_id) {
    for (const auto& [id, record] : networks_)
      if (record.members.count(container_id)) return false;
    bases_.erase(container_id);
    journal_.remove_container(container_id);
    guests_.forget(container_id);
    return true;
  }

  void refresh(const std::set<std::string>& container_ids) {
    for (const auto& id : container_ids) {
      guests_.update(id, [&]() -> std::optional<std::string> {
        const std::lock_guard lock(mutex_);
        return hosts_of(id);
      });
    }
  }

  std::mutex mutex_;
  Journal journal_;
  std::map<std::string, NetworkRecord> networks_;
  std::map<std::string, std::string> bases_;  // hosts file without the block, by container
  std::vector<std::string> fallback_dns_;
  GuestWriter guests_;
};

}  // namespace net_hosts

GANTRY_PLUGIN(net_hosts::NetHosts, "net-hosts", "Names between containers by /etc/hosts")
