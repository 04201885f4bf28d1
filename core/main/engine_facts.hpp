// Translates the configuration into the settings that the services take. Pure but for the
// environment.
#pragma once

#include "core/config/config.hpp"
#include "core/http/server.hpp"
#include "core/images/registry_options.hpp"
#include "core/pluginhost/plugin_host.hpp"
#include "core/services/engine/host_facts.hpp"
#include "core/services/engine/system_info.hpp"
#include "core/services/networks/networks.hpp"
#include "core/services/world/container_settings.hpp"

namespace gantry::daemon {

services::EngineFacts engine_facts(const config::Config& config);
/// Throws Error{invalid} that names the option of the driver bridge which cannot be.
void check_network_options(const config::Network& network);
services::NetworkSettings network_settings(const config::Config& config);
/// Throws Error that names the key of what this host cannot give.
services::ContainerSettings container_settings(const config::Config& config,
                                               const services::HostFacts& host);
/// Without the callbacks.
pluginhost::HostOptions plugin_options(const config::Config& config);
/// With the proxies of the environment.
images::RegistryOptions registry_options(const config::Daemon& settings);
http::ServerOptions server_options();

}  // namespace gantry::daemon
