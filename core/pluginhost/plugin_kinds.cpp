#include "core/pluginhost/plugin_kinds.hpp"

#include <gantry/abi.h>

namespace gantry::pluginhost {

std::string runtime_kind() { return GANTRY_KIND_RUNTIME; }
std::string name_service_kind() { return GANTRY_KIND_NETWORK; }
std::string volume_kind() { return GANTRY_KIND_VOLUME; }
std::string logging_kind() { return GANTRY_KIND_LOGGING; }

std::string driver_name(const std::string& plugin_id, const std::string& kind) {
  const std::string_view prefix = kind == GANTRY_KIND_VOLUME ? "volume-" : "log-";
  return plugin_id.starts_with(prefix) && plugin_id.size() > prefix.size()
             ? plugin_id.substr(prefix.size())
             : plugin_id;
}

std::string abi_version() {
  return std::to_string(GANTRY_ABI_MAJOR) + "." + std::to_string(GANTRY_ABI_MINOR);
}

}  // namespace gantry::pluginhost
