// [plugins."volume-docker"] of gantry.toml.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace volume_docker {

struct Settings {
  // Docker's own places.
  std::vector<std::string> sockets = {"/run/docker/plugins"};
  std::vector<std::string> specs = {"/etc/docker/plugins", "/usr/lib/docker/plugins"};
  std::chrono::seconds timeout{120};       // Create, Remove, Mount, Unmount
  std::chrono::seconds short_timeout{60};  // Get, Path, the handshake
  std::chrono::seconds list_timeout{10};   // List, Capabilities: what looks at all drivers
  std::chrono::seconds retry_for{30};      // how long a driver that does not answer is tried
};

/// Throws gantry::sdk::Error{GANTRY_INVALID} naming the key.
Settings parse_settings(std::string_view json);

}  // namespace volume_docker
