// Which host ports our containers hold. Any thread (one internal mutex). Kept in memory only:
// rebuilt at boot from the records of containers that still run.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "core/domain/container.hpp"
#include "core/ports/port_request.hpp"

namespace gantry::ports {

struct PortRange {
  int first = 49153, last = 65535;
};

class PortLedger {
 public:
  /// `bindable(protocol, host_ip, port)`: false when some other process holds the port; asked only
  /// for ports that we choose ourselves, and never under the mutex.
  using Bindable = std::function<bool(const std::string&, const std::string&, int)>;

  PortLedger(PortRange ephemeral, Bindable bindable);

  /// Takes a host port for each request, all or nothing; one PublishedPort per host address. Throws
  /// Error{internal} `Bind for 0.0.0.0:8080 failed: port is already allocated`.
  std::vector<domain::PublishedPort> reserve(const std::string& container_id,
                                             const std::vector<PortRequest>& requests);
  /// Takes ports that a running container has already; one held by another is left to that one.
  void adopt(const std::string& container_id, const std::vector<domain::PublishedPort>& ports);
  /// Gives back all ports of a container.
  void release(const std::string& container_id);

 private:
  using Key = std::tuple<std::string, std::string, int>;  // protocol, host ip, port

  bool free(const std::string& protocol, const std::string& host_ip, int port) const;
  bool try_take(const std::string& container_id, const PortRequest& request, int port);
  int choose(const std::string& container_id, const PortRequest& request);

  const PortRange ephemeral_;
  const Bindable bindable_;
  mutable std::mutex mutex_;
  std::set<Key> taken_;
  std::map<std::string, std::vector<Key>> by_container_;
  std::map<std::string, int> next_ephemeral_;  // by protocol
};

}  // namespace gantry::ports
