// Where everything is when nobody says otherwise. Private to core/config. Pure: any thread.
#pragma once

#include "core/config/config.hpp"

namespace gantry::config {

/// Root: /var/lib/gantry, /run/gantry, group docker. Other users: the XDG directories, no group.
/// daemon.hosts stays empty; it follows from run_dir once that is known.
Config defaults(const Sources& sources);
/// /etc/gantry/gantry.toml, or $XDG_CONFIG_HOME/gantry/gantry.toml.
fs::path default_file(const Sources& sources);
/// Docker's own socket for this user.
std::string docker_host(const Sources& sources);

}  // namespace gantry::config
