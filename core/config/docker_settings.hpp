// dockerd's daemon.json as a gantry.toml, for `gantry config from-docker`. Pure: any thread.
#pragma once

#include <string>

namespace gantry::config {

/// TOML that load() takes. Comments at its beginning name the settings that have no counterpart,
/// each with the reason. Throws Error{invalid} where the text is not JSON, or a value of a wrong
/// type.
std::string from_docker(const std::string& daemon_json);

}  // namespace gantry::config
