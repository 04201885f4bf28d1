#include "cli/enabled_plugins.hpp"

#include <gantry/abi.h>

namespace gantry::cli {

std::map<std::string, std::string> enabled_plugins(const config::Config& config) {
  std::map<std::string, std::string> enabled;
  enabled[config.runtime.plugin] = GANTRY_KIND_RUNTIME;
  enabled[config.network.plugin] = GANTRY_KIND_NETWORK;
  for (const auto& id : config.volume.plugins) enabled[id] = GANTRY_KIND_VOLUME;
  return enabled;
}

}  // namespace gantry::cli
