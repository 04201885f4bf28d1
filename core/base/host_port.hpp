// "host:port" taken apart. Pure: any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gantry {

struct HostPort {
  std::string host;  // without the brackets of an IPv6 address
  std::uint16_t port = 0;
};

/// "127.0.0.1:2376", "[::1]:2376", "name:2376"; nullopt for anything else. Ports from 1 on.
std::optional<HostPort> split_host_port(std::string_view text);

}  // namespace gantry
