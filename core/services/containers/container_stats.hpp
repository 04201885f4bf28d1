// GET /containers/{id}/stats. Nothing is measured but for a client that waits for it. Any thread;
// run() blocks.
#pragma once

#include <functional>
#include <string>

#include "core/base/notifier.hpp"
#include "core/services/world/container_world.hpp"
#include "core/services/world/exit_watch.hpp"

namespace gantry::services {

struct StatsSample {
  UnixNanos read = 0;    // 0: the container does not run
  std::string document;  // of sdk/include/gantry/ext/stats.h
};

class ContainerStats {
 public:
  ContainerStats(const ContainerWorld& world, ExitWatch& watch) : world_(world), watch_(watch) {}

  enum class Mode {
    stream,    // one sample each second until the container is gone
    two,       // a second one after a second, so that the client can tell the rate
    one_shot,  // one, at once
  };
  /// `show` gets each sample to be sent with the one before, and returns false when the client is
  /// gone. run() gives false when the engine stops.
  using Show = std::function<bool(const domain::ContainerRecord&, const StatsSample& now,
                                  const StatsSample& before)>;
  bool run(const std::string& reference, Mode mode, const Peer& peer, const Show& show) const;

 private:
  StatsSample sample(const domain::ContainerRecord& record) const;

  const ContainerWorld& world_;
  ExitWatch& watch_;
};

}  // namespace gantry::services
