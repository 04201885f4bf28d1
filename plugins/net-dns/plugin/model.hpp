// Everything the resolver must know, as the plugin keeps it to start another one: networks,
// members, containers, and copies of the sockets that queries come in by. The caller serialises.
#pragma once

#include <gantry/cpp/network.hpp>
#include <map>
#include <string>

#include "protocol/channel.hpp"
#include "protocol/documents.hpp"

namespace net_dns {

struct InsideSockets {
  UniqueFd udp, tcp, life;
  std::string serial;  // tells two sets of one container apart
};

struct GatewaySockets {
  UniqueFd udp, tcp;
};

struct Model {
  Settings settings;
  std::map<std::string, gantry::sdk::Network> networks;
  std::map<std::string, std::map<std::string, gantry::sdk::Member>> members;  // network, container
  std::map<std::string, ContainerSettings> containers;
  std::map<std::string, InsideSockets> inside;     // by container
  std::map<std::string, GatewaySockets> gateways;  // by network

  bool is_default(const std::string& network_id) const;
  /// Where its members may ask; "": nowhere, or it is unknown.
  std::string gateway_of(const std::string& network_id) const;
  /// Some user-defined network has a member, or somebody listens.
  bool needs_resolver() const;
  bool has_network(const std::string& container_id) const;
  void forget_container(const std::string& container_id);

  /// Tells it all, but for "serve". Throws std::system_error.
  void send(const Channel& channel) const;
  /// Takes one message of a resolver that tells all it has. False: it was the last, "end".
  bool take(Message& message, std::string& stamp);
};

}  // namespace net_dns
