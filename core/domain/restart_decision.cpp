#include "core/domain/restart_decision.hpp"

#include <algorithm>

namespace gantry::domain {
namespace {

using std::chrono::nanoseconds;
constexpr nanoseconds kFirstDelay = std::chrono::milliseconds(100);
constexpr nanoseconds kLongestDelay = std::chrono::minutes(1);
constexpr nanoseconds kStable = std::chrono::seconds(10);

bool failure_restarts(const ContainerRecord& record, int exit_code) {
  const std::int64_t limit = record.host_config.restart_policy.maximum_retry_count;
  return exit_code != 0 && (limit == 0 || record.restart_count < limit);
}

}  // namespace

ExitDecision decide_on_exit(const ContainerRecord& record, int exit_code, nanoseconds ran_for) {
  ExitDecision decision;
  const std::string& policy = record.host_config.restart_policy.name;
  if (!record.restart_cancelled && !record.removing) {
    decision.restart = policy == "always" ||
                       (policy == "unless-stopped" && !record.manually_stopped) ||
                       (policy == "on-failure" && failure_restarts(record, exit_code));
  }
  if (decision.restart) {
    const bool first = record.restart_count == 0 || record.restart_delay_ns <= 0;
    decision.delay = first || ran_for >= kStable
                         ? kFirstDelay
                         : std::min(nanoseconds(record.restart_delay_ns) * 2, kLongestDelay);
  }
  decision.remove = !decision.restart && record.host_config.auto_remove;
  return decision;
}

bool starts_at_boot(const ContainerRecord& record) {
  // Created but never started: a policy says how to go on, not when to begin.
  if (record.state.started_at == 0 || record.removing) return false;
  const std::string& policy = record.host_config.restart_policy.name;
  if (policy == "unless-stopped") return !record.manually_stopped;
  // Its restart was decided on, and counted, when it ended.
  if (policy == "always" || record.state.status == Status::restarting) return true;
  return policy == "on-failure" && !record.restart_cancelled &&
         failure_restarts(record, record.state.exit_code);
}

}  // namespace gantry::domain
