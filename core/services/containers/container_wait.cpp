#include "core/services/containers/container_wait.hpp"

#include "core/base/error.hpp"

namespace gantry::services {

ContainerWait::Wait ContainerWait::begin(const std::string& reference,
                                         const std::string& condition) {
  const bool not_running = condition.empty() || condition == "not-running";
  const bool removed = condition == "removed";
  if (!not_running && !removed && condition != "next-exit")
    throw Error(Errc::invalid, "invalid condition: \"" + condition + "\"");
  const state::ContainerPtr snapshot = world_.store.get(reference);
  const std::string& id = snapshot->record.id;
  Wait wait;
  wait.waiter = watch_.watch(id, removed ? ExitWatch::Until::removed : ExitWatch::Until::stopped);
  // One that is being started is not over yet.
  if (not_running) starts_.wait(id);
  // Looked at after watching: an end in between is seen by one or the other.
  const state::ContainerPtr now = world_.store.find_id(id);
  const auto outcome_of = [](const domain::ContainerRecord& record) {
    return ExitWatch::Outcome{record.state.exit_code, record.state.error};
  };
  if (!now) {
    wait.outcome = outcome_of(snapshot->record);
  } else if (not_running && !now->record.state.running()) {
    world_.inbox.await_exit_told(id);  // it may be about to leave its networks
    wait.outcome = outcome_of(now->record);
  }
  return wait;
}

}  // namespace gantry::services
