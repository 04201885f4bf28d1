#include "core/services/start/start_planner.hpp"

#include "core/base/error.hpp"
#include "core/devices/cdi_name.hpp"
#include "core/domain/joined_containers.hpp"
#include "core/services/start/device_edits.hpp"
#include "core/services/start/device_requests.hpp"
#include "core/services/start/host_devices.hpp"
#include "core/services/start/planned_mounts.hpp"
#include "core/services/world/container_directory.hpp"
#include "core/services/world/joined_container.hpp"

namespace gantry::services {
namespace {

constexpr int kMaxHops = 16;  // from donor to donor

std::vector<PlannedRate> rates(const json::Node& list, const char* value_name) {
  std::vector<PlannedRate> planned;
  list.each_item([&](json::Node item) {
    planned.push_back(device_rate(item["Path"].str(), item[value_name].u64()));
  });
  return planned;
}

PlannedBlkio blkio(const json::Node& hc) {
  return {rates(hc["BlkioWeightDevice"], "Weight"), rates(hc["BlkioDeviceReadBps"], "Rate"),
          rates(hc["BlkioDeviceWriteBps"], "Rate"), rates(hc["BlkioDeviceReadIOps"], "Rate"),
          rates(hc["BlkioDeviceWriteIOps"], "Rate")};
}

std::vector<PlannedDevice> host_devices(const json::Node& hc) {
  if (hc["Privileged"].boolean()) return all_devices();
  std::vector<PlannedDevice> planned;
  hc["Devices"].each_item([&](json::Node item) {
    if (devices::find_cdi_name(item["PathOnHost"].str())) return;
    for (PlannedDevice& device :
         custom_devices(item["PathOnHost"].str(), item["PathInContainer"].str(),
                        item["CgroupPermissions"].str()))
      planned.push_back(std::move(device));
  });
  return planned;
}

/// What is installed is looked up at each start: a specification may have been written anew.
void add_cdi_devices(const ContainerWorld& world, const json::Node& hc, StartPlan& plan) {
  if (!asks_for_cdi_devices(hc)) return;
  const auto& directories = world.settings.cdi_directories;
  const devices::CdiRegistry registry(directories);
  const auto names = requested_cdi_devices(hc, directories.empty() ? nullptr : &registry);
  apply_device_edits(registry.edits_of(names), plan);
}

std::string namespace_of(const domain::ContainerRecord& record, const char* type) {
  return "/proc/" + std::to_string(record.state.pid) + "/ns/" + type;
}

std::string ipc_mode(const domain::ContainerRecord& record) {
  return record.host_config.document().root()["IpcMode"].str();
}

/// The donor's /dev/shm: its own, the host's, or another donor's.
std::string shared_memory_of(const ContainerWorld& world, const state::ContainerPtr& donor) {
  state::ContainerPtr owner = donor;
  std::string mode = ipc_mode(owner->record);
  for (int hops = 0; owner && hops < kMaxHops; ++hops) {
    const auto joined = domain::joined_container(mode);
    if (!joined) break;
    owner = world.store.find_stored(*joined);
    mode = owner ? ipc_mode(owner->record) : std::string();
  }
  if (mode == "host") return "/dev/shm";
  if (mode != "shareable" || !owner->record.state.running())
    throw Error(Errc::internal, "failed to join IPC namespace: container " + donor->record.id +
                                    ": non-shareable IPC (hint: use IpcMode:shareable for the "
                                    "donor container)");
  return ContainerDirectory(world.settings, owner->record.id).shm();
}

void join_namespaces(const ContainerWorld& world, const json::Node& hc, StartPlan& plan) {
  if (const std::string mode = hc["PidMode"].str(); domain::joined_container(mode))
    plan.pid_namespace =
        namespace_of(get_joined(world.store, plan.record.id, mode, "PID")->record, "pid");
  const std::string ipc = hc["IpcMode"].str();
  if (domain::joined_container(ipc)) {
    const state::ContainerPtr donor = get_joined(world.store, plan.record.id, ipc, "IPC");
    plan.ipc_namespace = namespace_of(donor->record, "ipc");
    plan.shm_source = shared_memory_of(world, donor);
  } else if (ipc == "shareable") {
    plan.shm_source = ContainerDirectory(world.settings, plan.record.id).shm();
  } else if (ipc == "host") {
    plan.shm_source = "/dev/shm";
  }
}

}  // namespace

StartPlan make_start_plan(const ContainerWorld& world, const domain::ContainerRecord& record) {
  const auto document = record.host_config.document();
  const json::Node hc = document.root();
  StartPlan plan;
  plan.record = record;
  plan.cgroup_v2 = world.settings.cgroup_v2;
  plan.defaults = world.settings.defaults;
  // As dockerd: whoever joins others' processes finds an init there.
  if (hc["PidMode"].str().empty() && hc["Init"].boolean(plan.defaults.init))
    plan.init_binary = world.settings.init_binary;
  join_namespaces(world, hc, plan);
  plan.user = look_up_user(world.runtime, record.id, record.config.user, hc["GroupAdd"].strings());
  plan.mounts = planned_mounts(world, record, plan.init_binary);
  plan.devices = host_devices(hc);
  plan.blkio = blkio(hc);
  add_cdi_devices(world, hc, plan);
  return plan;
}

}  // namespace gantry::services
