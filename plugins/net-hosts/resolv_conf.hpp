// The text of a container's /etc/resolv.conf. Pure: any thread.
#pragma once

#include <gantry/cpp/network.hpp>
#include <string>
#include <vector>

namespace net_hosts {

struct ResolverFile {
  std::vector<std::string> nameservers, search, options;
};

/// Reads nameserver, search (the last one counts, as in resolv.conf(5)), domain and options lines.
ResolverFile parse_resolver_file(const std::string& text);

bool is_loopback(const std::string& nameserver);

/// The host's file without what a container cannot reach, overridden by the container's own
/// settings. `fallback`: nameservers used when none is left. In host mode without settings: the
/// host's file.
std::string resolv_conf(const gantry::sdk::ContainerRequest& container,
                        const std::vector<std::string>& fallback);

}  // namespace net_hosts
