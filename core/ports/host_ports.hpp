// What this host says about its ports. Any thread; no state.
#pragma once

#include <string>

#include "core/ports/port_ledger.hpp"

namespace gantry::ports {

/// The range that the kernel's own ephemeral ports come from, where the system tells it; else
/// IANA's.
PortRange ephemeral_range();
/// False when a process of this host holds the port now. Other failures count as true: whoever
/// publishes finds the same error and can name it.
bool is_bindable(const std::string& protocol, const std::string& host_ip, int port);
/// True when [::1] can be bound.
bool has_ipv6();

}  // namespace gantry::ports
