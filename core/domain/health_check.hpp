// Health checks as a pure state machine (behaviours.md 13). Any thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "core/domain/container.hpp"

namespace gantry::domain {

struct HealthCheck {
  std::vector<std::string> command;  // argv of the probe
  std::chrono::nanoseconds interval{30'000'000'000}, timeout{30'000'000'000};
  std::chrono::nanoseconds start_period{0}, start_interval{5'000'000'000};
  int retries = 3;
};

/// The container's check with Docker's defaults; nullopt: none, or switched off.
std::optional<HealthCheck> find_health_check(const Config& config);

/// State after one more result. `since_start`: when the probe began, counted from the container's
/// start.
Health after_probe(const HealthCheck& check, Health health, HealthResult result,
                   std::chrono::nanoseconds since_start);

/// When the next probe is due after the last one ended.
std::chrono::nanoseconds next_probe(const HealthCheck& check, const Health& health,
                                    std::chrono::nanoseconds since_start);

}  // namespace gantry::domain
