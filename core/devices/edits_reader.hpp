// The object "containerEdits" of a CDI specification. Private to core/devices. Pure; any thread.
#pragma once

#include "core/devices/cdi_spec.hpp"
#include "core/devices/spec_version.hpp"
#include "core/json/reader.hpp"

namespace gantry::devices {

/// Notes in `needs` what older versions of CDI do not have. Throws Error{invalid} with the place.
Edits read_edits(const json::Node& object, VersionNeeds& needs);

}  // namespace gantry::devices
