// What the plugin must know again after a restart of the daemon, as files in its run directory: the
// members of each network, and the hosts file of each container without its block. The run
// directory is empty after a reboot, as are the networks. The caller serialises.
#pragma once

#include <gantry/cpp/network.hpp>
#include <map>
#include <string>

namespace net_hosts {

struct NetworkRecord {
  gantry::sdk::Network network;
  std::map<std::string, gantry::sdk::Member> members;  // by container id
};

class Journal {
 public:
  /// Makes <directory>/networks and <directory>/containers.
  explicit Journal(const std::string& directory);

  /// Files that cannot be read are left out: the host announces its networks again anyway.
  std::map<std::string, NetworkRecord> networks() const;
  std::map<std::string, std::string> container_bases() const;

  void save(const NetworkRecord& record);
  void remove_network(const std::string& network_id);
  void save_container(const std::string& container_id, const std::string& base);
  void remove_container(const std::string& container_id);

 private:
  std::string networks_, containers_;
};

}  // namespace net_hosts
