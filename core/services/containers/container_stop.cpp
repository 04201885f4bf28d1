#include "core/services/containers/container_stop.hpp"

#include <csignal>

#include "core/base/error.hpp"
#include "core/domain/container_request.hpp"
#include "core/services/world/container_events.hpp"
#include "core/services/world/container_lookup.hpp"

namespace gantry::services {
namespace {

constexpr std::int64_t kDefaultTimeout = 10;
constexpr std::int64_t kLongestTimeout = 366 * 24 * 3600;

int stop_signal(const domain::ContainerRecord& record, const std::string& wanted) {
  if (!wanted.empty()) {
    const auto parsed = domain::parse_signal(wanted);
    if (!parsed) throw Error(Errc::invalid, "invalid signal: " + wanted);
    return *parsed;
  }
  return domain::parse_signal(record.config.stop_signal).value_or(SIGTERM);
}

}  // namespace

bool ContainerStop::run(const std::string& reference, const StopOptions& options) {
  const state::ContainerPtr snapshot = settled_container(world_, reference);
  const domain::ContainerRecord& record = snapshot->record;
  const int signal = stop_signal(record, options.signal);
  if (!record.state.running()) return false;
  const std::int64_t timeout =
      options.timeout_seconds.value_or(record.config.stop_timeout.value_or(kDefaultTimeout));

  const StopsUnderWay::Mark mark(stops_, record.id);
  const auto waiter = watch_.watch(record.id, ExitWatch::Until::stopped);
  const auto still_running = [&] {
    const state::ContainerPtr now = world_.store.find_id(record.id);
    return now && now->record.state.running();
  };
  const auto send = [&](int number) {
    try {
      kill_.send(record.id, number);
    } catch (const Error& error) {
      if (error.code() != Errc::conflict) throw;  // ended meanwhile
    }
  };
  send(signal);
  std::optional<std::chrono::nanoseconds> limit;
  if (timeout >= 0) limit = std::chrono::seconds(std::min(timeout, kLongestTimeout));
  if (still_running() && !waiter->wait(limit)) {
    send(SIGKILL);
    if (still_running() && !waiter->wait(ExitWatch::kAfterKill))
      throw Error(Errc::internal,
                  "cannot stop container: " + reference +
                      ": tried to kill container, but did not receive an exit event");
  }
  // The exit path holds the lease until network and volumes are released; `stop` comes after that.
  world_.leases.take(record.id).release();
  if (!mark.told()) publish_container_event(world_.events, record, "stop");
  return true;
}

void ContainerRestart::run(const std::string& reference, const StopOptions& options) {
  const state::ContainerPtr snapshot = world_.store.get(reference);
  const std::string& id = snapshot->record.id;
  try {
    {
      const ContainerExit::Keep keep(exits_, id);
      stop_.run(id, options);
    }
    start_.run(id);
  } catch (const Error& error) {
    // As Docker, whatever kept it from ending or from starting.
    throw Error(Errc::internal, "Cannot restart container " + reference + ": " + error.what());
  }
  const state::ContainerPtr now = world_.store.find_id(id);
  publish_container_event(world_.events, (now ? now : snapshot)->record, "restart");
}

}  // namespace gantry::services
