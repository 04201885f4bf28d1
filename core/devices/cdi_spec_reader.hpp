// Files of the Container Device Interface, versions 0.3.0 to 1.1.0. Pure; any thread.
#pragma once

#include <string>

#include "core/devices/cdi_spec.hpp"

namespace gantry::devices {

enum class SpecFormat { json, yaml };

/// A text of the format as JSON. Throws Error{invalid}.
std::string spec_json(const std::string& text, SpecFormat format);
/// Throws Error{invalid} with the place of what is wrong: "devices[0].containerEdits.env: …".
CdiSpec read_cdi_spec(const std::string& json);
/// The kind that a specification is of, also when something else is wrong with it; empty: unknown.
std::string kind_of_spec(const std::string& json);

}  // namespace gantry::devices
