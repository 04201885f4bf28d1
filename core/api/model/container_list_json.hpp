// One entry of GET /containers/json. What does not change while a snapshot lives is rendered once
// and kept with it; only the status text and the image's name are made for each answer. Any thread.
#pragma once

#include <optional>
#include <string>

#include "core/services/containers/container_usage.hpp"
#include "core/state/container_store.hpp"

namespace gantry::api {

/// Appends the JSON object. `image`: the name to show for the image.
void append_list_entry(std::string& out, const state::ContainerSnapshot& container,
                       const std::string& image, int api_minor, UnixNanos now,
                       const std::optional<services::ContainerUsage>& usage);

}  // namespace gantry::api
