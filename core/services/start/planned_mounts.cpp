#include "core/services/start/planned_mounts.hpp"

#include <algorithm>
#include <filesystem>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/domain/mount_request.hpp"
#include "core/services/world/bind_policy.hpp"
#include "core/services/world/container_directory.hpp"
#include "core/services/world/joined_container.hpp"

namespace gantry::services {
namespace {

namespace fs = std::filesystem;

/// Options later in the list replace what they contradict.
std::vector<std::string> tmpfs_options(const std::string& own) {
  std::vector<std::string> options = {"noexec", "nosuid", "nodev"};
  for (const std::string& option : text::split(own, ',')) {
    if (option.empty() || option == "defaults") continue;
    std::erase_if(options, [&](const std::string& other) {
      return other == "no" + option || option == "no" + other;
    });
    options.push_back(option);
  }
  return options;
}

PlannedMount bind(const ContainerWorld& world, const domain::MountPoint& mount) {
  PlannedMount planned{"bind", mount.source, mount.destination, {}, mount.subpath};
  planned.options.push_back(mount.non_recursive ? "bind" : "rbind");
  if (mount.read_write) {
    planned.options.push_back("rw");
  } else {
    // As dockerd since 25: with all that is mounted below, where kernel and runtime can.
    const bool can = world.settings.recursive_read_only;
    if (mount.read_only_force_recursive && !can)
      throw Error(
          Errc::unsupported,
          "HostConfig.Mounts.BindOptions.ReadOnlyForceRecursive is not supported: kernel or "
          "runtime cannot make the mounts below " +
              mount.source + " read-only");
    planned.options.push_back(can && !mount.read_only_non_recursive ? "rro" : "ro");
  }
  // The default of such binds must not fail where the host's mounts are private.
  planned.follows_host =
      mount.propagation == "rslave" && meets_engine(mount.source, world.settings);
  if (!planned.follows_host)
    planned.options.push_back(mount.propagation.empty() ? "rprivate" : mount.propagation);
  return planned;
}

void make_source(const domain::MountPoint& mount) {
  std::error_code error;
  if (fs::exists(mount.source, error)) return;
  if (!mount.create_source)
    throw Error(
        Errc::invalid,
        "invalid mount config for type \"bind\": bind source path does not exist: " + mount.source);
  file::make_directories(mount.source, 0755);
}

}  // namespace

std::vector<PlannedMount> planned_mounts(const ContainerWorld& world,
                                         const domain::ContainerRecord& record,
                                         const std::string& init_binary) {
  const auto document = record.host_config.document();
  const json::Node hc = document.root();
  std::vector<PlannedMount> mounts;
  for (const domain::MountPoint& mount : record.mounts) {
    if (mount.type == "tmpfs") {
      mounts.push_back(
          {"tmpfs", "tmpfs", mount.destination, tmpfs_options(mount.tmpfs_options), {}});
      continue;
    }
    if (mount.type == "image") {
      mounts.push_back({"image",
                        mount.image_root,
                        mount.destination,
                        {"rbind", "ro", "rprivate"},
                        mount.subpath});
      continue;
    }
    if (mount.type == "bind") {
      // Again: a symbolic link may have moved since create.
      if (!mount.engine_source) check_bind_source(mount.source, world.settings);
      make_source(mount);
    }
    mounts.push_back(bind(world, mount));
  }
  hc["Tmpfs"].each_member([&](std::string_view path, json::Node options) {
    mounts.push_back(
        {"tmpfs", "tmpfs", domain::clean_path(path), tmpfs_options(options.str()), {}});
  });

  const auto add_file = [&](const fs::path& source, const char* destination, const char* access) {
    const bool taken = std::any_of(mounts.begin(), mounts.end(), [&](const PlannedMount& mount) {
      return mount.destination == destination;
    });
    std::error_code error;
    if (!taken && fs::exists(source, error))
      mounts.push_back({"bind", source.string(), destination, {"rbind", access, "rprivate"}, {}});
  };
  // Who shares a network shares its names.
  const ContainerDirectory directory(world.settings, network_files_owner(world.store, record));
  const char* access = hc["ReadonlyRootfs"].boolean() ? "ro" : "rw";
  add_file(directory.resolv_conf(), "/etc/resolv.conf", access);
  add_file(directory.hostname(), "/etc/hostname", access);
  add_file(directory.hosts(), "/etc/hosts", access);
  if (!init_binary.empty()) add_file(init_binary, "/sbin/docker-init", "ro");
  return mounts;
}

}  // namespace gantry::services
