// [plugins.net-dns] of gantry.toml.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/documents.hpp"

namespace net_dns {

struct PluginSettings {
  Settings resolver;
  std::string program;      // gantry-resolver
  std::uint16_t port = 53;  // at gateways
};

/// Throws gantry::sdk::Error{GANTRY_INVALID} naming the key.
PluginSettings parse_settings(std::string_view config_json);

}  // namespace net_dns
