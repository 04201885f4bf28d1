// Wire form of exec instances (behaviours.md 3.8, 3.10). Pure; any thread.
#pragma once

#include <string>

#include "core/json/reader.hpp"
#include "core/services/world/exec_table.hpp"

namespace gantry::api {

/// Body of POST /containers/{id}/exec, but its container and detach keys. Throws Error{invalid}.
services::ExecConfig parse_exec_config(const json::Node& body, int api_minor);
std::string exec_json(const services::ExecView& exec);

}  // namespace gantry::api
