// Completes the host's OCI spec with what only this runtime knows. No effects; one thread.
#pragma once

#include <string>
#include <string_view>

#include "base/json.hpp"

namespace gantry::oci {

class RuntimeSpec {
 public:
  /// Sets root, control group (unless the spec has one), seccomp profile (annotation
  /// "gantry.seccomp": "default" or a profile in Docker's format; absent: none), and drops
  /// capabilities that this host can't give. GANTRY_INVALID naming what is wrong.
  RuntimeSpec(std::string_view spec, const std::string& default_cgroup_path);

  /// Absolute, the same in every hierarchy.
  const std::string& cgroup_path() const { return cgroup_path_; }
  /// Programs that the OCI runtime has to run at some point of the container's life.
  bool has_hooks() const;
  /// Without one of these the namespace stays as the spec has it.
  void use_host_network();
  void use_network_namespace(const std::string& path);
  std::string json() const { return to_text(spec_); }

 private:
  JsonDocument::AllocatorType& memory() { return spec_.GetAllocator(); }
  Json& member(Json& object, const char* key);  // made when it is not there
  void set(Json& object, const char* key, std::string_view text);
  void drop_missing_capabilities();
  void set_seccomp(Json& linux);
  std::string set_cgroup(Json& linux, const std::string& default_path);
  Json& namespaces_but_network();

  JsonDocument spec_;
  std::string cgroup_path_;
};

}  // namespace gantry::oci
