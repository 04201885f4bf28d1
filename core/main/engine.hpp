// The object graph: makes everything in order, and takes it down in reverse. The only place that
// knows everyone. Belongs to the main thread.
//
// Order of a start: lock on the root → sockets → journal → plugins → stores and services → restore
// → answering.
// Containers go on running without us; stop() ends only what is ours.
#pragma once

#include <memory>
#include <vector>

#include "core/base/unique_fd.hpp"
#include "core/config/config.hpp"

namespace gantry::daemon {

class Engine {
 public:
  /// Everything up to and including restore. `given`: the service manager's sockets, served beside
  /// those of the configuration. Throws Error naming what is wrong.
  Engine(const config::Config& config, std::vector<UniqueFd> given);
  /// stop() must have returned true, or the process must end without this (see stop).
  ~Engine();

  /// Answers.
  void listen();
  /// Ends clients and threads. False: some request is still being worked on and cannot be
  /// interrupted; then the parts must stay alive, so the process ends without destroying this.
  bool stop();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace gantry::daemon
