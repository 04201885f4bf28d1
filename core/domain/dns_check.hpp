// What of HostConfig ends up in a container's resolv.conf and hosts. Pure; any thread.
#pragma once

#include "core/json/reader.hpp"

namespace gantry::domain {

/// Dns, DnsSearch, DnsOptions and ExtraHosts: their entries stand in lines of those files. Throws
/// Error{invalid}, naming the entry or in Docker's words.
void check_dns(const json::Node& host_config);

}  // namespace gantry::domain
