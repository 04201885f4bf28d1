// Wire form of one event (behaviours.md 8.1). Pure; any thread.
#pragma once

#include <string>

#include "core/domain/event.hpp"

namespace gantry::api {

/// One object without a newline.
std::string event_json(const domain::Event& event);

}  // namespace gantry::api
