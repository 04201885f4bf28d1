// Wire form of /version and /info (behaviours.md 1.11, 14). Pure; any thread.
#pragma once

#include <string>

#include "core/services/engine/system_info.hpp"

namespace gantry::api {

std::string version_json(const services::EngineFacts& facts, const services::HostFacts& host);
std::string info_json(const services::EngineFacts& facts, const services::EngineState& state,
                      int api_minor);

}  // namespace gantry::api
