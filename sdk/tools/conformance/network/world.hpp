// A host for a name service, with containers that are files and addresses only: what a container
// finds for a name is read from its hosts file, then asked of the server in its resolv.conf, as a
// C library does it. Servers listen at gateways on the loopback, or at sockets that this host gives
// as if they were inside the container. One thread.
#pragma once

#include <gantry/ext/sockets.h>
#include <gantry/network.h>

#include <map>
#include <set>
#include <string>

#include "conformance/calls.hpp"
#include "conformance/network/documents.hpp"
#include "conformance/subject.hpp"

namespace conformance::network {

using Addresses = std::set<std::string>;

class World {
 public:
  /// `inside`: the host can give sockets inside containers.
  World(Subject& subject, bool inside) : subject_(subject), inside_(inside) {}
  ~World();  // removes what is left, so that nothing keeps on running for it
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  Outcome try_add(const Net& net);
  void add(const Net& net);
  void remove_network(const std::string& id);
  /// A member, which is known by its id from then on.
  void join(const Net& net, const Member& member);
  void leave(const Net& net, const std::string& container);
  /// Gets the container's files, as at its start, or as of one that runs.
  void start(const std::string& container, bool runs = false);
  /// The daemon restarts; then it announces again what it knows, in any order.
  void restart() { subject_.restart(); }
  void announce_all();

  std::string hosts(const std::string& container);
  std::string resolv_conf(const std::string& container);
  void write_hosts(const std::string& container, const std::string& text);
  /// What the container gets for the name.
  Addresses resolve(const std::string& container, const std::string& name, bool v6 = false);
  /// Status of the question that somebody at `source` asks the container's server; -1: it has none.
  int ask_as(const std::string& source, const std::string& container, const std::string& name);

  const gantry_network& table() const { return subject_.table<gantry_network>(); }
  void* self() const { return subject_.self(); }

 private:
  struct Server {
    std::string address;
    std::uint16_t port = 0;  // 0: none that can be asked here
  };
  struct Container {
    std::map<std::string, Member> members;  // by network
    Server inside;
  };
  Server server_of(const std::string& container);
  std::string address_of(const std::string& container) const;
  void give_sockets(const std::string& container);

  Subject& subject_;
  const bool inside_;
  std::map<std::string, Net> nets_;
  std::map<std::string, Container> containers_;
};

}  // namespace conformance::network
