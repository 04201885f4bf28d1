#include "core/domain/health_check.hpp"

#include <algorithm>
#include <climits>

#include "core/json/reader.hpp"

namespace gantry::domain {
namespace {

constexpr size_t kKeptResults = 5;

std::chrono::nanoseconds duration(const json::Node& node, std::chrono::nanoseconds fallback) {
  const std::int64_t nanos = node.i64();
  return nanos == 0 ? fallback : std::chrono::nanoseconds(nanos);
}

bool in_start_period(const HealthCheck& check, const Health& health,
                     std::chrono::nanoseconds since_start) {
  return health.status == "starting" && since_start < check.start_period;
}

}  // namespace

std::optional<HealthCheck> find_health_check(const Config& config) {
  if (config.healthcheck.empty()) return std::nullopt;
  const auto document = json::Document::parse(config.healthcheck);
  const json::Node node = document.root();
  std::vector<std::string> test = node["Test"].strings();
  const bool in_shell = !test.empty() && test.front() == "CMD-SHELL";
  // "NONE", and what an image may have that nobody knows.
  if (!in_shell && (test.empty() || test.front() != "CMD")) return std::nullopt;
  HealthCheck check;
  if (in_shell) {
    check.command = config.shell.empty() ? std::vector<std::string>{"/bin/sh", "-c"} : config.shell;
  }
  check.command.insert(check.command.end(), test.begin() + 1, test.end());
  if (check.command.empty()) return std::nullopt;
  check.interval = duration(node["Interval"], check.interval);
  check.timeout = duration(node["Timeout"], check.timeout);
  check.start_period = duration(node["StartPeriod"], check.start_period);
  check.start_interval = duration(node["StartInterval"], check.start_interval);
  if (const std::int64_t retries = node["Retries"].i64(); retries > 0)
    check.retries = static_cast<int>(std::min<std::int64_t>(retries, INT_MAX));
  return check;
}

Health after_probe(const HealthCheck& check, Health health, HealthResult result,
                   std::chrono::nanoseconds since_start) {
  if (result.exit_code == 0) {
    health.status = "healthy";
    health.failing_streak = 0;
  } else if (!in_start_period(check, health, since_start)) {
    ++health.failing_streak;
    if (health.failing_streak >= check.retries) health.status = "unhealthy";
  }
  health.log.push_back(std::move(result));
  if (health.log.size() > kKeptResults) health.log.erase(health.log.begin());
  return health;
}

std::chrono::nanoseconds next_probe(const HealthCheck& check, const Health& health,
                                    std::chrono::nanoseconds since_start) {
  return in_start_period(check, health, since_start) ? check.start_interval : check.interval;
}

}  // namespace gantry::domain
