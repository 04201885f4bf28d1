// What follows the end of a container (behaviours.md 4.6, 4.7). Pure; any thread.
#pragma once

#include <chrono>

#include "core/domain/container.hpp"

namespace gantry::domain {

struct ExitDecision {
  bool restart = false;
  bool remove = false;
  std::chrono::nanoseconds delay{0};  // before the restart
};

/// `record` as it was while running; `previous_delay` of the last restart, 0: none. The back-off
/// starts at 100 ms, doubles up to a minute, and starts anew when the container ran for ten
/// seconds.
ExitDecision decide_on_exit(const ContainerRecord& record, int exit_code,
                            std::chrono::nanoseconds ran_for,
                            std::chrono::nanoseconds previous_delay);

/// Whether a container that does not run is started when the daemon starts.
bool starts_at_boot(const ContainerRecord& record);

}  // namespace gantry::domain
