// What the service manager (systemd, or whatever speaks its protocols) is told and what it gives:
// sd_notify(3) and sd_listen_fds(3). Main thread.
#pragma once

#include <string_view>
#include <vector>

#include "core/base/unique_fd.hpp"

namespace gantry::daemon {

/// One datagram, e.g. "READY=1"; nothing where nobody asked for it, and never an error.
void notify_service_manager(std::string_view state) noexcept;

/// The sockets that this process was started with (LISTEN_PID, LISTEN_FDS), once: what says so
/// leaves the environment, so that no child takes them for its own. Before the first thread.
/// Throws Error{invalid} when the environment promises what is not there.
std::vector<UniqueFd> take_given_sockets();

}  // namespace gantry::daemon
