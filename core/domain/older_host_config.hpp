// HostConfig as a client of an older API version means it: what that version did not have, or did
// not look at, is left out before anything is parsed (behaviours.md 5.4). Pure.
#pragma once

#include "core/json/reader.hpp"

namespace gantry::domain {

/// First version whose HostConfig is taken as it is.
inline constexpr int kWholeHostConfig = 43;

/// {"HostConfig": …} for a create request of `api_minor`, below kWholeHostConfig.
json::Document older_host_config(const json::Node& body, int api_minor);

}  // namespace gantry::domain
