#include "core/services/containers/unsupported_options.hpp"

#include "core/base/error.hpp"
#include "core/domain/root_size.hpp"
#include "core/domain/security_options.hpp"

namespace gantry::services {
namespace {

[[noreturn]] void unsupported(const std::string& field, const std::string& why) {
  throw Error(Errc::unsupported, field + " is not supported: " + why);
}

}  // namespace

void refuse_unsupported(const domain::CreateRequest& request, const ContainerSettings& settings) {
  const auto document = request.host_config.document();
  const json::Node hc = document.root();

  // Abilities that are not built.
  if (domain::root_size(hc["StorageOpt"]) != 0 && !settings.root_size)
    unsupported("HostConfig.StorageOpt", "this runtime does not limit the size of roots");
  if (const std::string mode = hc["UsernsMode"].str(); !mode.empty() && mode != "host")
    unsupported("HostConfig.UsernsMode", "containers share the host's user namespace");
  if (!hc["Cgroup"].str().empty())
    unsupported("HostConfig.Cgroup", "a container always has a cgroup of its own");
  if (hc["KernelMemory"].i64() != 0)
    unsupported("HostConfig.KernelMemory", "kernels no longer limit it; limit Memory instead");
  if (hc["Init"].boolean() && settings.init_binary.empty())
    unsupported("HostConfig.Init", "no docker-init binary was found on this host");
  for (const domain::MountPoint& mount : request.mounts) {
    if (mount.type == "image" && !settings.image_mounts)
      unsupported("HostConfig.Mounts: type \"image\"", "this runtime cannot mount images");
    if (!mount.subpath.empty() && !settings.mount_subpath)
      unsupported(mount.type == "image" ? "HostConfig.Mounts.ImageOptions.Subpath"
                                        : "HostConfig.Mounts.VolumeOptions.Subpath",
                  "this runtime mounts volumes and images as a whole");
  }

  // Windows only.
  if (const std::string isolation = hc["Isolation"].str();
      !isolation.empty() && isolation != "default")
    throw Error(Errc::invalid, "invalid isolation (" + isolation + ") on linux");
  for (const auto& [field, what] :
       {std::pair("IOMaximumBandwidth", "bandwidth"), std::pair("IOMaximumIOps", "IOPs")})
    if (hc[field].i64() != 0)
      throw Error(Errc::invalid,
                  std::string("invalid QoS settings: linux does not support configuration of "
                              "maximum ") +
                      what);

  const auto security = domain::parse_security_options(hc["SecurityOpt"].strings());
  if (!security.apparmor.empty() && security.apparmor != "default" &&
      security.apparmor != "unconfined" && settings.apparmor_profile.empty())
    throw Error(Errc::invalid, "HostConfig.SecurityOpt: AppArmor profile \"" + security.apparmor +
                                   "\": this host does not confine by AppArmor");
}

}  // namespace gantry::services
