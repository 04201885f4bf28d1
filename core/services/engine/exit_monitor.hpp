// Takes what plugins report out of the inbox and has it handled: the one thread through which
// asynchronous facts enter. start() and stop() by main.
#pragma once

#include <thread>

#include "core/services/base/workers.hpp"
#include "core/services/containers/container_exit.hpp"
#include "core/services/world/container_world.hpp"

namespace gantry::services {

class ExitMonitor {
 public:
  ExitMonitor(const ContainerWorld& world, ContainerExit& exits, Workers& workers)
      : world_(world), exits_(exits), workers_(workers) {}
  ~ExitMonitor() { stop(); }

  void start();
  void stop();

 private:
  void run();
  void dispatch(const pluginhost::PluginEvent& event);
  void exec_ended(const pluginhost::PluginEvent& event);
  void detached(const pluginhost::PluginEvent& event);
  void out_of_memory(const std::string& container_id, int pid);

  const ContainerWorld& world_;
  ContainerExit& exits_;
  Workers& workers_;
  std::thread thread_;
};

}  // namespace gantry::services
