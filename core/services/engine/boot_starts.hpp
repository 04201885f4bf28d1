// Starts at boot what restart policies ask for, in the background: all at once, but a container
// that joins another one's namespaces after that one, whether its start succeeded or not. Any
// thread; run() once.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "core/services/base/workers.hpp"
#include "core/services/containers/container_start.hpp"
#include "core/services/world/container_world.hpp"

namespace gantry::services {

class BootStarts {
 public:
  BootStarts(const ContainerWorld& world, ContainerStart& start, Workers& workers)
      : world_(world), start_(start), workers_(workers) {}

  /// After run(), for one whose last run took long to be put away, it starts as soon as it may.
  void add(const domain::ContainerRecord& record);
  /// Once every container is known to the store. Returns at once.
  void run();

 private:
  void find_owners_locked(const std::string& id);
  void start_ready_locked();
  void start(const std::string& id);
  void finished(const std::string& id);

  const ContainerWorld& world_;
  ContainerStart& start_;
  Workers& workers_;
  std::mutex mutex_;
  std::map<std::string, std::set<std::string>> waiting_;  // id → ids it waits for
  size_t under_way_ = 0;
  bool ran_ = false;
};

}  // namespace gantry::services
