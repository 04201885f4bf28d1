#include "core/services/containers/create_mounts.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>

#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/base/random.hpp"
#include "core/base/text.hpp"
#include "core/domain/mount_request.hpp"
#include "core/services/world/bind_policy.hpp"

namespace gantry::services {
namespace {

bool has_mount(const std::vector<domain::MountPoint>& mounts, const std::string& destination) {
  return std::any_of(mounts.begin(), mounts.end(),
                     [&](const auto& mount) { return mount.destination == destination; });
}

/// "container[:ro|rw[,z]]". What comes later takes the place of what was there.
void add_volumes_from(const std::string& spec, const state::ContainerStore& store,
                      std::vector<domain::MountPoint>& inherited) {
  const auto parts = text::split(spec, ':');
  if (parts.size() > 2 || parts[0].empty()) invalid("invalid volumes-from specification: " + spec);
  bool writable = true;
  const std::string mode = parts.size() == 2 ? parts[1] : std::string();
  for (const std::string& word : text::split(mode, ',')) {
    if (word == "ro") {
      writable = false;
    } else if (!word.empty() && word != "rw" && word != "z" && word != "Z") {
      invalid("invalid mode: " + mode);
    }
  }
  const state::ContainerPtr other = store.find(parts[0]);
  if (!other) invalid("No such container: " + parts[0]);
  for (domain::MountPoint mount : other->record.mounts) {
    if (mount.engine_source) continue;
    std::erase_if(inherited,
                  [&](const auto& earlier) { return earlier.destination == mount.destination; });
    mount.read_write = mount.read_write && writable;
    mount.no_copy = true;  // the other container's create was its first use
    mount.mode.clear();
    inherited.push_back(std::move(mount));
  }
}

void check_bind(const domain::MountPoint& mount, const ContainerSettings& settings) {
  check_bind_source(mount.source, settings);
  std::error_code error;
  if (!mount.create_source && !std::filesystem::exists(mount.source, error))
    invalid("invalid mount config for type \"bind\": bind source path does not exist: " +
            mount.source);
}

/// Docker's default, and its rule for binds that the engine's own mounts may be part of: held by a
/// container they could not be unmounted.
void settle_propagation(domain::MountPoint& mount, const ContainerSettings& settings) {
  const bool own = meets_engine(mount.source, settings);
  if (mount.propagation.empty()) mount.propagation = own ? "rslave" : "rprivate";
  if (own && mount.propagation != "rslave" && mount.propagation != "rshared")
    invalid(
        "invalid mount config: must use either propagation mode \"rslave\" or \"rshared\" when "
        "mount source is within the daemon root, daemon root: \"" +
        settings.root.string() + "\", bind mount source: \"" + mount.source +
        "\", propagation: \"" + mount.propagation + "\"");
}

domain::MountPoint anonymous_volume(const std::string& destination, const std::string& driver) {
  domain::MountPoint mount;
  mount.type = "volume";
  mount.name = random_hex();
  mount.destination = destination;
  mount.driver = driver.empty() ? "local" : driver;
  mount.anonymous = true;
  return mount;
}

/// Labels and driver options of the Mounts entry with this target.
domain::VolumeRequest volume_request(const domain::MountPoint& mount, const json::Node& mounts) {
  domain::VolumeRequest request;
  request.name = mount.name;
  request.driver = mount.driver;
  request.anonymous = mount.anonymous;
  mounts.each_item([&](json::Node node) {
    if (domain::clean_path(node["Target"].str()) != mount.destination) return;
    const json::Node options = node["VolumeOptions"];
    request.driver_options = options["DriverConfig"]["Options"].string_map();
    if (options["Labels"]) request.labels = options["Labels"].string_map();
  });
  if (request.anonymous) {
    if (!request.labels) request.labels.emplace();
    request.labels->emplace("com.docker.volume.anonymous", "");
  }
  return request;
}

}  // namespace

std::vector<domain::MountPoint> plan_mounts(const domain::CreateRequest& request,
                                            const state::ContainerStore& store,
                                            const ContainerSettings& settings) {
  const auto document = request.host_config.document();
  std::vector<domain::MountPoint> mounts = request.mounts;
  for (domain::MountPoint& mount : mounts) {
    if (mount.type == "bind") {
      check_bind(mount, settings);
      settle_propagation(mount, settings);
    }
    if (mount.type == "volume" && mount.name.empty()) mount.name = random_hex();
  }
  mounts.insert(mounts.end(), request.engine_mounts.begin(), request.engine_mounts.end());
  std::vector<domain::MountPoint> inherited;
  for (const std::string& spec : request.host_config.volumes_from)
    add_volumes_from(spec, store, inherited);
  std::erase_if(inherited, [&](const auto& mount) { return has_mount(mounts, mount.destination); });
  std::move(inherited.begin(), inherited.end(), std::back_inserter(mounts));
  if (!request.config.volumes) return mounts;
  std::vector<std::string> tmpfs;
  document.root()["Tmpfs"].each_member(
      [&](std::string_view path, json::Node) { tmpfs.push_back(domain::clean_path(path)); });
  const std::string driver = document.root()["VolumeDriver"].str();
  for (const std::string& path : *request.config.volumes) {
    const std::string destination = domain::clean_path(path);
    const bool covered = has_mount(mounts, destination) ||
                         std::find(tmpfs.begin(), tmpfs.end(), destination) != tmpfs.end();
    if (!covered) mounts.push_back(anonymous_volume(destination, driver));
  }
  return mounts;
}

void create_volumes(domain::ContainerRecord& record, Volumes& volumes) {
  const auto document = record.host_config.document();
  for (domain::MountPoint& mount : record.mounts) {
    if (mount.type != "volume") continue;
    const domain::VolumeRecord volume =
        volumes.create(volume_request(mount, document.root()["Mounts"]), record.id);
    mount.source = volume.mountpoint;
    mount.driver = volume.driver;
  }
}

void release_volumes(const domain::ContainerRecord& record, Volumes& volumes,
                     bool remove_anonymous) noexcept {
  for (const domain::MountPoint& mount : record.mounts) {
    if (mount.type != "volume") continue;
    try {
      volumes.drop_reference(mount.name, record.id);
      if (remove_anonymous && mount.anonymous && volumes.users(mount.name).empty())
        volumes.remove(mount.name, true);
    } catch (const std::exception& error) {
      log::warn("volume " + mount.name + " of container " + record.id + ": " + error.what());
    }
  }
}

}  // namespace gantry::services
