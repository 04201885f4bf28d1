// Forwards published ports in user space, for runtimes that do not publish by themselves: TCP
// connections and UDP datagrams to a host port go to an address of the container that this host can
// reach. One thread for all ports, begun with the first of them; it sleeps while nothing comes.
// Forwarding ends with the daemon. Methods: any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace gantry::ports {

struct ForwardedPort {
  std::string protocol;   // tcp, udp
  std::string host_ip;    // "0.0.0.0", "::", an address of this host
  int host_port = 0;      // 1 … 65535
  std::string target_ip;  // IPv4 or IPv6, whatever host_ip is
  int target_port = 0;
};

struct ForwarderLimits {
  std::size_t connections = 4096;  // of one TCP port; more wait to be accepted
  std::size_t sessions = 4096;     // of one UDP port; a new sender replaces the quietest
  std::chrono::milliseconds session_time{90'000};  // without a datagram
};

class Forwarder {
 public:
  explicit Forwarder(ForwarderLimits limits = {});
  ~Forwarder();
  Forwarder(const Forwarder&) = delete;
  Forwarder& operator=(const Forwarder&) = delete;

  /// All or nothing; returns when connections are accepted. Several calls for one container add up.
  /// Throws Error{conflict} with errno EADDRINUSE when a port is taken, Error{invalid} for what is
  /// no address, else what the system says.
  void publish(const std::string& container, const std::vector<ForwardedPort>& ports);
  /// Returns when the ports are free. Ends their connections. Unknown: nothing happens.
  void unpublish(const std::string& container) noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gantry::ports
