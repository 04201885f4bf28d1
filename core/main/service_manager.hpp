// Tells the service manager (systemd, or whatever set NOTIFY_SOCKET) how we are. Main thread.
#pragma once

#include <string_view>

namespace gantry::daemon {

/// One datagram, e.g. "READY=1"; nothing where nobody asked for it, and never an error.
void notify_service_manager(std::string_view state) noexcept;

}  // namespace gantry::daemon
