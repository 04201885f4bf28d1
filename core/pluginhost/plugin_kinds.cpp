#include "core/pluginhost/plugin_kinds.hpp"

#include <gantry/abi.h>

namespace gantry::pluginhost {

std::string runtime_kind() { return GANTRY_KIND_RUNTIME; }
std::string name_service_kind() { return GANTRY_KIND_NETWORK; }
std::string volume_kind() { return GANTRY_KIND_VOLUME; }

std::string abi_version() {
  return std::to_string(GANTRY_ABI_MAJOR) + "." + std::to_string(GANTRY_ABI_MINOR);
}

}  // namespace gantry::pluginhost
