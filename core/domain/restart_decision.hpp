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

/// `record` as it was while running. The back-off starts at 100 ms, doubles up to a minute, and
/// starts anew when the container ran for ten seconds or was started by a client.
ExitDecision decide_on_exit(const ContainerRecord& record, int exit_code,
                            std::chrono::nanoseconds ran_for);

/// Whether a container that does not run is started when the daemon starts.
bool starts_at_boot(const ContainerRecord& record);

}  // namespace gantry::domain
