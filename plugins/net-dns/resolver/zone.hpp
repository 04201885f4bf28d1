// Who has which name in whose eyes: networks, their members, and lookups as a container asks them.
// Names are compared without regard to case; lookups want them in lower case. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <gantry/cpp/network.hpp>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "protocol/address.hpp"

namespace net_dns {

class Zone {
 public:
  void set_network(const gantry::sdk::Network& network);
  void remove_network(const std::string& network_id);
  /// Replaces the member. Of a network that is not known: ignored.
  void set_member(const std::string& network_id, const gantry::sdk::Member& member);
  void remove_member(const std::string& network_id, const std::string& container_id);
  /// From all networks.
  void remove_container(const std::string& container_id);

  struct Found {
    bool known = false;  // the name exists, perhaps without an address of this family
    std::vector<Address> addresses;
  };
  /// As Docker: on each network of the asker a link, then any member's name; "name.network" names
  /// one network. Only what the asker shares a network with is found.
  Found find(const std::string& asker, std::string_view name, bool v6) const;
  /// What a member is called whose address the asker's networks have: "name.network", then its
  /// other names likewise, for where DNS cannot carry the first. Empty: there is none.
  std::vector<std::string> find_pointers(const std::string& asker, const Address& address) const;
  /// The container that has this address on the network.
  std::optional<std::string> find_member(const std::string& network_id,
                                         const Address& address) const;
  /// Whether a network of the container leads out.
  bool reaches_outside(const std::string& container_id) const;

  /// Changes with every change of what lookups find.
  std::uint64_t generation() const { return generation_; }

  using EachNetwork = std::function<void(const gantry::sdk::Network&)>;
  using EachMember = std::function<void(const std::string& network, const gantry::sdk::Member&)>;
  void each(const EachNetwork& network, const EachMember& member) const;

 private:
  struct Member {
    gantry::sdk::Member given;
    std::vector<std::string> names;  // lower case
    std::vector<Address> addresses;
  };
  struct Network {
    gantry::sdk::Network given;
    std::string name;                       // lower case
    std::map<std::string, Member> members;  // by container
    std::unordered_map<std::string, std::vector<const Member*>> by_name;
    std::map<Address, const Member*> by_address;
  };

  static void index(Network& network, const Member& member);
  static void unindex(Network& network, const Member& member);
  static void collect(const Network& network, std::string_view name, bool v6, Found& found);
  static bool collect_link(const Network& network, const std::string& asker, std::string_view name,
                           bool v6, Found& found);
  void drop(Network& network, const std::string& container_id);
  std::vector<const Network*> networks_of(const std::string& container_id) const;

  std::map<std::string, Network> networks_;
  // Sorted: networks that lead out first, then by name, which decides as in Docker.
  std::unordered_map<std::string, std::vector<const Network*>> by_container_;
  std::uint64_t generation_ = 1;
};

}  // namespace net_dns
