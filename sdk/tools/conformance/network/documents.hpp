// What a host tells a name service, as values that a suite can fill in. Pure.
#pragma once

#include <string>
#include <vector>

namespace conformance::network {

struct Net {
  std::string id, name = "net";
  std::string gateway = "127.30.0.1";
  bool internal = false, is_default = false;
};

struct Link {
  std::string name, alias;
};

struct Member {
  std::string id, name, address;  // without prefix length
  std::vector<std::string> aliases = {};
  std::string ipv6 = {};
  std::vector<Link> links = {};
};

std::string document(const Net& net);
std::string document(const Member& member);

/// The request for the files of a container on these networks.
struct Request {
  std::string id, hostname;
  struct Endpoint {
    std::string network, address, ipv6;
  };
  std::vector<Endpoint> endpoints;
  std::string current_hosts, current_resolv_conf;  // of one that runs
  bool inside_sockets = false;
};
std::string document(const Request& request);

}  // namespace conformance::network
