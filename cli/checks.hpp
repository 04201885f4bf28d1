// The doctor's checks. Each looks at one thing and changes nothing that lasts. One thread.
#pragma once

#include "cli/findings.hpp"
#include "core/config/config.hpp"

namespace gantry::cli {

/// Kernel features, cgroups, namespaces, packet filter (check_kernel_<os>.cpp).
void check_kernel(const config::Config& config, Findings& findings);
void check_oci_runtime(const config::Config& config, Findings& findings);
void check_plugins(const config::Config& config, Findings& findings);
void check_sockets(const config::Config& config, Findings& findings);
void check_disk(const config::Config& config, Findings& findings);
void check_docker_cli(Findings& findings);

/// The nearest directory that exists: `path` itself or one above it.
config::fs::path nearest_directory(config::fs::path path);

}  // namespace gantry::cli
