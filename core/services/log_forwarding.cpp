#include "core/services/log_forwarding.hpp"

#include "core/base/log.hpp"
#include "core/domain/log_config.hpp"
#include "core/services/container_directory.hpp"

namespace gantry::services {
namespace {

using Clock = ForwardedLog::Clock;
constexpr std::chrono::seconds kLastChance{2};
/// How long a driver may take to notice that it is cancelled.
constexpr std::chrono::seconds kNotice{1};

}  // namespace

void LogForwarding::started(const domain::ContainerRecord& record) {
  if (!domain::is_forwarded(record.host_config)) return;
  const std::lock_guard lock(mutex_);
  if (stopped_) return;
  Forwarded& forwarded = running_[record.id];
  if (forwarded && forwarded->go_on()) return;
  forwarded = std::make_shared<ForwardedLog>(
      record, ContainerDirectory(world_.settings, record.id).log_marks(), world_.log_drivers,
      follow_);
  workers_.run([this, id = record.id, forwarded] { run(id, forwarded); });
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
  if (!forwarded) return;
  const auto deadline = Clock::now() + kLastChance;
  forwarded->end_by(deadline);
  if (!forwarded->wait_until_ended(deadline + kNotice))
    log::warn("container " + record.id + ": removed before its log driver " +
              record.host_config.log_type + " had taken all of its output");
}

void LogForwarding::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    for (const auto& [id, forwarded] : running_) forwarded->end_by(Clock::now());
  }
  workers_.stop();
}

}  // namespace gantry::services
