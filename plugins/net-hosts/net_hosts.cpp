// net-hosts: containers find each other by one marked block in /etc/hosts, right in every running
// member of a user-defined network. On the default network Docker resolves no names, and neither
// does this. Settings: [plugins.net-hosts] fallback_dns = ["8.8.8.8", "8.8.4.4"].
#include <arpa/inet.h>
#include <netinet/in.h>

#include <gantry/cpp/container_files.hpp>
#include <gantry/cpp/network.hpp>
#include <set>

#include "guest_writer.hpp"
#include "names_block.hpp"

namespace net_hosts {

namespace sdk = gantry::sdk;

struct NetworkRecord {
  sdk::Network network;
  Members members;
};

/// As in /etc/resolv.conf: "fe80::1%eth0" as well.
bool is_address(const std::string& text) {
  in6_addr address{};
  return ::inet_pton(AF_INET, text.c_str(), &address) == 1 ||
         ::inet_pton(AF_INET6, text.substr(0, text.find('%')).c_str(), &address) == 1;
}

class NetHosts final : public sdk::NameService {
 public:
  explicit NetHosts(const sdk::Host& host) : guests_(host) {
    const sdk::Object config(host.config());
    for (const auto& member : config.document().GetObject())
      if (std::string_view(member.name.GetString()) != "fallback_dns")
        throw sdk::Error(GANTRY_INVALID,
                         std::string("unknown key \"") + member.name.GetString() + "\"");
    fallback_dns_ = config.strings("fallback_dns");
    for (const std::string& server : fallback_dns_)
      if (!is_address(server))
        throw sdk::Error(GANTRY_INVALID, "\"fallback_dns\": \"" + server + "\" is not an address");
    if (fallback_dns_.empty()) fallback_dns_ = {"8.8.8.8", "8.8.4.4"};  // Docker's own
  }

  void network_added(const sdk::Network& network) override {
    const std::lock_guard lock(mutex_);
    networks_[network.id].network = network;
  }

  void network_removed(const std::string& network_id) override {
    std::set<std::string> affected;
    {
      const std::lock_guard lock(mutex_);
      const auto it = networks_.find(network_id);
      if (it == networks_.end()) return;
      for (const auto& [id, member] : it->second.members) affected.insert(id);
      networks_.erase(it);
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
        affected = members_of(it->second);
      }
      if (!forget_if_alone(container_id)) affected.insert(container_id);
    }
    refresh(affected);
  }

  sdk::ContainerFiles container_files(const sdk::ContainerRequest& container) override {
    sdk::ContainerFiles files;
    files.resolv_conf =
        sdk::files::unless_edited(container, sdk::files::resolv_conf(container, fallback_dns_));
    // A container in the host's network, or in another's, belongs to no network itself.
    if (container.endpoints.empty()) {
      files.hosts = sdk::files::hosts_for(container, "");
      return files;
    }
    const std::lock_guard lock(mutex_);
    const std::string block = block_of(container.id);
    files.hosts = sdk::files::hosts_for(container, block);
    guests_.written(container.id, block);
    return files;
  }

 private:
  static std::set<std::string> members_of(const NetworkRecord& record) {
    std::set<std::string> ids;
    if (record.network.is_default) return ids;  // nobody's file changes
    for (const auto& [id, member] : record.members) ids.insert(id);
    return ids;
  }

  /// The block for a container, of all its networks. mutex_ is held.
  std::string block_of(const std::string& container_id) const {
    std::string lines;
    for (const auto& [id, record] : networks_)
      if (!record.network.is_default && record.members.count(container_id) != 0)
        lines += name_lines(record.members, container_id, record.network.name);
    return sdk::files::block_of(lines);
  }

  bool is_alone(const std::string& container_id) const {
    for (const auto& [id, record] : networks_)
      if (record.members.count(container_id)) return false;
    return true;
  }

  /// Drops what is kept for a container that left its last network. mutex_ is held.
  bool forget_if_alone(const std::string& container_id) {
    if (!is_alone(container_id)) return false;
    guests_.forget(container_id);
    return true;
  }

  void refresh(const std::set<std::string>& container_ids) {
    for (const auto& id : container_ids) {
      guests_.update(id, [this, id]() -> std::optional<std::string> {
        const std::lock_guard lock(mutex_);
        if (is_alone(id)) return std::nullopt;
        return block_of(id);
      });
    }
  }

  std::mutex mutex_;
  std::map<std::string, NetworkRecord> networks_;
  std::vector<std::string> fallback_dns_;
  GuestWriter guests_;  // last: it asks for blocks later, too
};

}  // namespace net_hosts

GANTRY_PLUGIN(net_hosts::NetHosts, "net-hosts", "Names between containers by /etc/hosts")
