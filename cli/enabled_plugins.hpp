// Which plugins a configuration enables, and as what. Any thread.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/config/config.hpp"
#include "core/pluginhost/plugin_host.hpp"

namespace gantry::cli {

/// Plugin id → the kind it has to be of.
std::map<std::string, std::string> enabled_plugins(const config::Config& config);

/// Why a scan of these directories found no plugin of this id; empty: there is no file of its name.
std::string why_missing(const std::string& id,
                        const std::vector<std::filesystem::path>& directories,
                        const std::vector<pluginhost::PluginReport>& reports);

}  // namespace gantry::cli
