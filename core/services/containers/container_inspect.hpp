// GET /containers/{id}/json: the record and what is asked elsewhere for it; that of a container
// which is just being started comes when it runs. Any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/services/containers/container_usage.hpp"
#include "core/services/start/starts_under_way.hpp"
#include "core/services/world/container_world.hpp"

namespace gantry::services {

struct InspectedContainer {
  state::ContainerPtr container;
  std::vector<std::string> exec_ids;  // running ones
  std::string graph_driver;           // {"name":…,"data":{…}}; empty: unknown
  std::optional<ContainerUsage> usage;
  std::string host_config;                                  // as JSON, with the engine's limits
  std::string apparmor_profile;                             // empty: the host has no AppArmor
  std::string hosts_path, hostname_path, resolv_conf_path;  // empty before the first start
};

class ContainerInspect {
 public:
  ContainerInspect(const ContainerWorld& world, StartsUnderWay& starts)
      : world_(world), starts_(starts) {}
  InspectedContainer run(const std::string& reference, bool with_size) const;

 private:
  const ContainerWorld& world_;
  StartsUnderWay& starts_;
};

}  // namespace gantry::services
