#include "core/services/logs/log_forwarding.hpp"

#include "core/base/log.hpp"
#include "core/domain/log_config.hpp"
#include "core/services/world/container_directory.hpp"

namespace gantry::services {
namespace {

using Clock = ForwardedLog::Clock;
constexpr std::chrono::seconds kLastChance{2};
/// How long a driver may take to notice that it is cancelled.
constexpr std::chrono::seconds kNotice{1};

}  // namespace

void LogForwarding::started(const domain::ContainerRecord& record) {
  if (!domain::is_forwarded(record.host_config)) return;
  try {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    const auto found = running_.find(record.id);
    if (found != running_.end() && found->second->go_on()) return;
    const auto forwarded = std::make_shared<ForwardedLog>(
        record, ContainerDirectory(world_.settings, record.id).log_marks(), world_.log_drivers,
        follow_);
    workers_.run([this, id = record.id, forwarded] { run(id, forwarded); });
    running_[record.id] = forwarded;
  } catch (const std::exception& error) {
    // Its output waits for the next start.
    log::error("container " + record.id + ": its log driver: " + error.what());
  }
}

void LogForwarding::run(const std::string& id, const Forwarded& forwarded) {
  forwarded->run();
  const std::lock_guard lock(mutex_);
  if (const auto found = running_.find(id); found != running_.end() && found->second == forwarded)
    running_.erase(found);
}

void LogForwarding::finish(const domain::ContainerRecord& record) {
  if (!domain::is_forwarded(record.host_config)) return;
  started(record);
  Forwarded forwarded;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = running_.find(record.id); found != running_.end())
      forwarded = found->second;
  }
  if (!forwarded) return;  // all was taken in a moment
  const auto deadline = Clock::now() + kLastChance;
  forwarded->end_by(deadline);
  if (forwarded->wait_until_ended(deadline + kNotice) != ForwardedLog::End::complete)
    log::warn("container " + record.id + ": removed before its log driver " +
              record.host_config.log_type + " had taken all of its output");
}

bool LogForwarding::stop() {
  std::map<std::string, Forwarded> running;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    running = running_;
  }
  const auto now = Clock::now();
  for (const auto& [id, forwarded] : running) forwarded->end_by(now);
  for (const auto& [id, forwarded] : running)
    if (forwarded->wait_until_ended(now + kLastChance) == ForwardedLog::End::not_yet) return false;
  return workers_.stop(kLastChance);
}

}  // namespace gantry::services
