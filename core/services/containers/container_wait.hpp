// POST /containers/{id}/wait (behaviours.md 3.12). Any thread; the caller blocks on the waiter's
// flag.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/services/start/starts_under_way.hpp"
#include "core/services/world/container_world.hpp"
#include "core/services/world/exit_watch.hpp"

namespace gantry::services {

class ContainerWait {
 public:
  ContainerWait(const ContainerWorld& world, ExitWatch& watch, StartsUnderWay& starts)
      : world_(world), watch_(watch), starts_(starts) {}

  struct Wait {
    std::unique_ptr<ExitWatch::Waiter> waiter;
    std::optional<ExitWatch::Outcome> outcome;  // set when there is nothing to wait for
  };
  /// `condition`: "", "not-running", "next-exit", "removed"; else Error{invalid} `invalid
  /// condition: "x"`.
  Wait begin(const std::string& reference, const std::string& condition);

 private:
  const ContainerWorld& world_;
  ExitWatch& watch_;
  StartsUnderWay& starts_;
};

}  // namespace gantry::services
