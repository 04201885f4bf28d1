// Files of the Container Device Interface, versions 0.3.0 to 1.1.0. Pure; any thread.
#pragma once

#include <string>

#include "core/devices/cdi_spec.hpp"
#include "core/json/reader.hpp"

namespace gantry::devices {

enum class SpecFormat { json, yaml };

/// What a text of the format says. Throws Error{invalid}.
json::Document spec_document(const std::string& text, SpecFormat format);
/// Throws Error{invalid} with the place of what is wrong: "devices[0].containerEdits.env: …".
CdiSpec read_cdi_spec(const json::Node& root);
/// The kind that a specification is of, also when something else is wrong with it; empty: unknown.
std::string kind_of_spec(const json::Node& root);

}  // namespace gantry::devices
