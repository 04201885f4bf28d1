#include "core/services/start/device_edits.hpp"

#include <algorithm>

#include "core/domain/mount_request.hpp"
#include "core/services/start/host_devices.hpp"

namespace gantry::services {
namespace {

bool has(const std::vector<std::string>& options, std::string_view option) {
  return std::find(options.begin(), options.end(), option) != options.end();
}

PlannedMount planned(const devices::Mount& mount) {
  PlannedMount planned{mount.type, mount.host_path, domain::clean_path(mount.container_path),
                       mount.options};
  const bool bind = has(mount.options, "bind") || has(mount.options, "rbind");
  if (mount.type.empty() && !bind) planned.options.emplace_back("rbind");
  if (mount.type.empty() || bind) planned.type = "bind";
  return planned;
}

void add_node(const devices::Node& node, StartPlan& plan) {
  PlannedDevice device = cdi_device(node, plan.user);
  std::erase_if(plan.devices, [&](const auto& other) { return other.path == device.path; });
  plan.devices.push_back(std::move(device));
}

void add_mount(const devices::Mount& mount, StartPlan& plan) {
  PlannedMount added = planned(mount);
  std::erase_if(plan.mounts,
                [&](const auto& other) { return other.destination == added.destination; });
  plan.mounts.push_back(std::move(added));
}

}  // namespace

void apply_device_edits(const devices::Edits& edits, StartPlan& plan) {
  for (const devices::Node& node : edits.nodes) add_node(node, plan);
  for (const devices::Mount& mount : edits.mounts) add_mount(mount, plan);
  for (const std::uint32_t gid : edits.gids)
    if (auto& gids = plan.user.additional_gids; gid != 0 && std::ranges::count(gids, gid) == 0)
      gids.push_back(gid);
  plan.device_environment = edits.env;
  plan.hooks = edits.hooks;
  plan.intel_rdt = edits.intel_rdt;
}

}  // namespace gantry::services
