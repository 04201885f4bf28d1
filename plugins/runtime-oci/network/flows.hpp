// Flows that the kernel has seen through published ports (conntrack entries). The translation of a
// flow is decided by its first packet: one that began before its port was published, or that led to
// a container which is gone, goes the old way for as long as packets come. A client of UDP that
// keeps its port would never reach the new container. Threads: any. Best effort, nothing throws: a
// kernel without conntrack translates nothing.
#pragma once

#include <vector>

#include "network/port_reservation.hpp"

namespace gantry::oci {

/// UDP flows to these host ports that are not translated.
void forget_untranslated_flows(const std::vector<ReservedPort>& ports) noexcept;
/// All flows that were translated from these host ports to their containers; an open TCP connection
/// is reset at its next packet.
void forget_translated_flows(const std::vector<PortRequest>& ports) noexcept;

}  // namespace gantry::oci
