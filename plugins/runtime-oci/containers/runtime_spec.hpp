// Completes the host's OCI spec with what only this runtime knows. No effects; one thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "containers/mount_sources.hpp"

namespace gantry::oci {

class RuntimeSpec {
 public:
  /// Sets root, options of binds, control group (unless the spec has one), seccomp profile
  /// (annotation "gantry.seccomp": "default" or a profile in Docker's format; absent: none),
  /// AppArmor profile (annotation "gantry.apparmor": "default" or a name; absent: none), and drops
  /// capabilities that this host can't give. `default_apparmor`: empty: the host has no AppArmor.
  /// GANTRY_INVALID naming what is wrong.
  RuntimeSpec(std::string_view spec, const std::string& default_cgroup_path,
              const std::string& default_apparmor = {});

  /// Absolute, the same in every hierarchy.
  const std::string& cgroup_path() const { return cgroup_path_; }
  /// Empty: none.
  const std::string& apparmor_profile() const { return apparmor_profile_; }
  /// Without one of these the namespace stays as the spec has it.
  void use_host_network();
  void use_network_namespace(const std::string& path);
  /// The mounts that the supervisor prepares; their sources in the spec become its places.
  void take_mount_sources(const std::string& bundle, const ImageData& image_data) {
    mount_sources_ = oci::take_mount_sources(spec_, bundle, image_data);
  }
  const std::vector<MountSource>& mount_sources() const { return mount_sources_; }
  const Json& document() const { return spec_; }
  std::string json() const { return to_text(spec_); }

 private:
  JsonDocument::AllocatorType& memory() { return spec_.GetAllocator(); }
  Json& member(Json& object, const char* key);  // made when it is not there
  void set(Json& object, const char* key, std::string_view text);
  void drop_missing_capabilities();
  void set_seccomp(Json& linux);
  void set_apparmor(const std::string& default_profile);
  std::string take_annotation(const char* name);  // empty: there is none
  std::string set_cgroup(Json& linux, const std::string& default_path);
  Json& namespaces_but_network();

  JsonDocument spec_;
  std::string cgroup_path_, apparmor_profile_;
  std::vector<MountSource> mount_sources_;
};

}  // namespace gantry::oci
