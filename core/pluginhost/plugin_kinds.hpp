// The plugin ABI that this host speaks, and the names of its kinds, for those who do not see the
// ABI headers. Pure: any thread.
#pragma once

#include <string>

namespace gantry::pluginhost {

std::string runtime_kind();
std::string name_service_kind();
std::string volume_kind();
std::string logging_kind();
/// What users call a volume or log driver: "volume-local" → "local", "log-syslog" → "syslog".
std::string driver_name(const std::string& plugin_id, const std::string& kind);
/// "1.0"
std::string abi_version();

}  // namespace gantry::pluginhost
