#include "core/services/containers/container_create.hpp"

#include <thread>

#include "core/base/error.hpp"
#include "core/base/host_name.hpp"
#include "core/base/random.hpp"
#include "core/base/scope_guard.hpp"
#include "core/domain/random_name.hpp"
#include "core/domain/root_size.hpp"
#include "core/images/image_config.hpp"
#include "core/images/platform.hpp"
#include "core/json/writer.hpp"
#include "core/services/containers/cpu_check.hpp"
#include "core/services/containers/create_mounts.hpp"
#include "core/services/containers/fill_volumes.hpp"
#include "core/services/containers/image_mounts.hpp"
#include "core/services/containers/joined_ids.hpp"
#include "core/services/containers/unsupported_options.hpp"
#include "core/services/containers/weight_devices.hpp"
#include "core/services/containers/work_directory.hpp"
#include "core/services/logs/log_options.hpp"
#include "core/services/networks/legacy_links.hpp"
#include "core/services/world/container_directory.hpp"
#include "core/services/world/container_events.hpp"

namespace gantry::services {
namespace {

constexpr int kNameTries = 6;  // Docker's, too

/// A platform that was asked for is held to; without one, what the host may not run is a warning.
void check_platform(const images::ImageRecord& image, const std::string& reference,
                    const std::string& platform, std::vector<std::string>& warnings) {
  if (!platform.empty())
    return images::require_platform(reference, image.platform, images::parse_platform(platform));
  const images::Platform& host = images::host_platform();
  if (images::runs_natively(host, image.platform)) return;
  warnings.push_back("The requested image's platform (" + image.platform.str() +
                     ") does not match the detected host platform (" + host.str() +
                     ") and no specific platform was requested");
}

domain::ContainerRecord make_record(domain::CreateRequest request, const std::string& id,
                                    const std::string& name, const images::ImageRecord& image) {
  domain::ContainerRecord record;
  record.id = id;
  record.name = name;
  record.created = now_nanos();
  record.image_id = image.id;
  record.chain_id = image.top_chain_id();
  const std::vector<std::string> argv = domain::command_line(request.config);
  record.path = argv.front();
  record.args.assign(argv.begin() + 1, argv.end());
  record.config = std::move(request.config);
  if (record.config.hostname.empty())
    record.config.hostname =
        request.host_config.network_mode == "host" ? host_name() : id.substr(0, 12);
  record.host_config = std::move(request.host_config);
  record.endpoints = std::move(request.endpoints);
  return record;
}

void check_cpus(const domain::HostConfig& host_config, const std::string& memory_nodes) {
  const auto document = host_config.document();
  const unsigned cpus = std::thread::hardware_concurrency();
  const json::Node hc = document.root();
  check_nano_cpus(hc["NanoCpus"].i64(), cpus);
  check_cpuset(hc["CpusetCpus"].str(), cpus);
  check_memory_nodes(hc["CpusetMems"].str(), memory_nodes);
}

std::string root_options(const domain::HostConfig& host_config) {
  const std::uint64_t size = domain::root_size(host_config.document().root()["StorageOpt"]);
  json::Writer options;
  options.begin_object();
  if (size != 0) options.field("size", size);
  options.end_object();
  return options.text();
}

}  // namespace

domain::CreateDefaults ContainerCreate::defaults() const {
  domain::CreateDefaults defaults;
  defaults.cgroup_v2 = world_.settings.cgroup_v2;
  defaults.runtime_name = world_.settings.runtime_name;
  defaults.shm_size = world_.settings.defaults.shm_size;
  defaults.cgroupns_mode = world_.settings.defaults.cgroupns_mode;
  defaults.ipc_mode = world_.settings.defaults.ipc_mode;
  defaults.log = world_.log_drivers.defaults();
  return defaults;
}

state::NameReservation ContainerCreate::reserve(const std::string& name, const std::string& id) {
  if (!name.empty()) return world_.store.reserve_name(domain::check_container_name(name), id);
  for (int attempt = 0; attempt < kNameTries; ++attempt) {
    const std::string random = domain::random_name(attempt);
    if (world_.store.name_taken(random)) continue;
    try {
      return world_.store.reserve_name(random, id);
    } catch (const Error& error) {
      if (error.code() != Errc::conflict) throw;  // else another create was quicker
    }
  }
  return world_.store.reserve_name(id.substr(0, 12), id);
}

ContainerCreate::Created ContainerCreate::run(domain::CreateRequest request,
                                              const std::string& name,
                                              const std::string& platform) {
  if (!name.empty()) domain::check_container_name(name);
  if (request.config.image.empty() && domain::command_line(request.config).empty())
    throw Error(Errc::invalid, "no command specified");
  refuse_unsupported(request, world_.settings);
  world_.networks.check_endpoints(request.endpoints);
  check_log_options(request.host_config);
  world_.log_drivers.check(request.host_config);
  check_cpus(request.host_config, world_.settings.memory_nodes);
  if (!world_.settings.cgroup_v2) discard_weight_devices(request);
  // Held until the container's root stands on the layers.
  const images::PinnedImage image = world_.images.pin(request.config.image);
  check_platform(*image.image, request.config.image, platform, request.warnings);
  {
    const auto defaults = json::Document::parse(images::write_defaults(image->defaults));
    domain::merge_image_config(request.config, defaults.root());
    if (!request.image_volumes) request.config.volumes.reset();
  }
  auto mounts = plan_mounts(request, world_.store, world_.settings);
  const auto mounted_images = pin_mounted_images(mounts, world_.images);

  const std::string id = request.id.empty() ? random_hex() : request.id;
  const state::NameReservation reservation = reserve(name, id);
  resolve_links(request, reservation.name(), world_.store);
  name_joined_by_id(request.host_config, world_.store);
  Created created{id, std::move(request.warnings)};
  domain::ContainerRecord record =
      make_record(std::move(request), id, reservation.name(), *image.image);
  record.mounts = std::move(mounts);
  record.no_new_privileges = world_.settings.defaults.no_new_privileges;
  const ContainerDirectory directory(world_.settings, id);
  if (record.host_config.log_type != "none") record.log_path = directory.log();

  const state::Lease lease = world_.leases.take(id);
  // What is in the journal as "removing" is removed at boot: from here on a crash leaves nothing.
  record.removing = true;
  world_.store.write_intent(record);
  ScopeGuard forget([&] { world_.store.erase(id); });
  ScopeGuard remove_directory([&] { directory.remove(); });
  directory.create();
  ScopeGuard remove_root([&] {
    world_.runtime.rootfs_remove(id);
    remove_image_roots(record, world_.runtime);
  });
  world_.runtime.rootfs_create(id, record.chain_id, root_options(record.host_config));
  make_work_directory(record, world_.runtime);
  create_image_roots(record, mounted_images, world_.runtime);
  // After the root, as dockerd does: one that is refused leaves no volume that was named for it.
  ScopeGuard drop_volumes([&] { release_volumes(record, world_.volumes, true); });
  create_volumes(record, world_.volumes);
  fill_volumes(record, world_);

  record.removing = false;
  const state::ContainerPtr published = world_.store.put(record);
  drop_volumes.dismiss();
  remove_root.dismiss();
  remove_directory.dismiss();
  forget.dismiss();
  publish_container_event(world_.events, published->record, "create");
  return created;
}

}  // namespace gantry::services
