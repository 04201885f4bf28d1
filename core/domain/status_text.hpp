// The human words of `docker ps` (behaviours.md 6.1, 6.2). Pure.
#pragma once

#include <string>

#include "core/domain/container.hpp"

namespace gantry::domain {

/// "About a minute", "3 hours", … for a duration in nanoseconds (Docker's units.HumanDuration).
std::string human_duration(std::int64_t nanos);
/// "Up 3 minutes (healthy)", "Exited (0) 2 minutes ago", …
std::string status_text(const State& state, UnixNanos now);
/// Path and args joined; an argument with blanks stands in single quotes.
std::string command_text(const ContainerRecord& record);

}  // namespace gantry::domain
