// The filters of GET /events (behaviours.md 8.3). Pure; any thread.
#pragma once

#include "core/domain/event.hpp"
#include "core/domain/filter_args.hpp"

namespace gantry::domain {

/// Throws Error{invalid} for unknown keys.
void check_event_filters(const FilterArgs& filters);
bool event_wanted(const Event& event, const FilterArgs& filters);

}  // namespace gantry::domain
