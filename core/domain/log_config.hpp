// LogConfig of a container: Docker's checks of what concerns every driver, and which options are
// whose. Pure; any thread.
#pragma once

#include <map>
#include <string>

#include "core/domain/container.hpp"

namespace gantry::domain {

struct LogDefaults {
  std::string driver = "json-file";
  std::map<std::string, std::string> options;
};

/// Sets `log_type` and `log_options`; `node` may be missing. Whether the driver exists, and what it
/// says of its own options, is for others to find out. Throws Error{invalid}.
void parse_log_config(const json::Node& node, const LogDefaults& defaults, HostConfig& out);

/// What a container that says nothing of it gets. Throws Error{invalid} `logging.options: …`.
HostConfig check_log_defaults(const LogDefaults& defaults);

/// Whether a plugin takes the log somewhere else: neither our file under Docker's names nor none.
bool is_forwarded(const HostConfig& host_config);
/// The options that are the plugin's own.
std::map<std::string, std::string> driver_options(const HostConfig& host_config);
/// Empty when it is not set.
std::string log_option(const HostConfig& host_config, const std::string& name);
/// Whether `docker logs` may not read the file beside a driver.
bool is_log_hidden(const HostConfig& host_config);

}  // namespace gantry::domain
