// The tables [plugins."id"] on their way to a plugin: TOML → JSON, and back for `gantry config
// show`. Private to core/config. Pure: any thread.
#pragma once

#include <string>

#include "core/config/section.hpp"

namespace gantry::config {

/// Dates and times become strings. inf and nan, which JSON does not have, are faults at their
/// place.
std::string to_json(Reading& reading, const toml::table& table);
/// A JSON value as a TOML value (objects become inline tables).
std::string json_to_toml(const std::string& json);

}  // namespace gantry::config
