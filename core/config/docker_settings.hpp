// dockerd's daemon.json as a gantry.toml, for `gantry config from-docker`. Pure: any thread.
#pragma once

#include <string>
#include <string_view>

namespace gantry::config {

/// TOML, of which load() takes each setting. Comments at its beginning name what has no counterpart
/// here, each with the reason. Throws Error{invalid} where the text is not JSON, or a value of a
/// wrong type.
std::string from_docker(std::string_view daemon_json);

}  // namespace gantry::config
