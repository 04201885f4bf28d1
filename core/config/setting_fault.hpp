// Whether load() would take a setting: its reading without its sources, in load.cpp. Private to
// core/config. Any thread.
#pragma once

#include <optional>
#include <string>

namespace gantry::config {

/// What is wrong with this TOML in itself, without its place; nullopt: nothing.
std::optional<std::string> find_fault(const std::string& toml);

}  // namespace gantry::config
