// Published ports: sockets that the plugin bound on the host. Some only reserve their port (the
// kernel's NAT does the work); the others are forwarded to the container from here.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "connection.hpp"
#include "descriptors.hpp"
#include "loop.hpp"
#include "tcp_forward.hpp"
#include "udp_forward.hpp"

namespace gantry::shim {

class Ports {
 public:
  explicit Ports(Loop& loop) : loop_(loop), sockets_(budget_) {}

  bool publish(std::string_view body, ReceivedFds& fds, Failure& why);
  void release();
  void sweep();

 private:
  Loop& loop_;
  bool needs_sweep_ = false;
  DescriptorBudget budget_;
  DescriptorShare sockets_;  // those that the plugin bound
  std::vector<UniqueFd> reserved_;
  std::vector<std::unique_ptr<TcpForward>> tcp_;
  std::vector<std::unique_ptr<UdpForward>> udp_;
};

}  // namespace gantry::shim
