// Which plugins a configuration enables, and as what. Pure: any thread.
#pragma once

#include <map>
#include <string>

#include "core/config/config.hpp"

namespace gantry::cli {

/// Plugin id → the kind it has to be of.
std::map<std::string, std::string> enabled_plugins(const config::Config& config);

}  // namespace gantry::cli
