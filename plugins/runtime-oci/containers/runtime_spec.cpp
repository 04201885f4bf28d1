#include "containers/runtime_spec.hpp"

#include <algorithm>
#include <filesystem>

#include "base/error.hpp"
#include "containers/bind_options.hpp"
#include "host/capabilities.hpp"
#include "protocol/wire.hpp"
#include "seccomp/profile.hpp"

namespace gantry::oci {
namespace {

constexpr char kSeccompAnnotation[] = "gantry.seccomp", kAppArmorAnnotation[] = "gantry.apparmor";

}  // namespace

RuntimeSpec::RuntimeSpec(std::string_view spec, const std::string& default_cgroup_path,
                         const std::string& default_apparmor)
    : spec_(parse_object(spec, "OCI spec")) {
  if (find_member(spec_, "ociVersion") == nullptr) set(spec_, "ociVersion", "1.0.2");
  set(member(spec_, "root"), "path", shim::kRootfsName);
  drop_missing_capabilities();
  simplify_bind_options(spec_);
  set_apparmor(default_apparmor);  // may add to the document, and move its members
  Json& linux = member(spec_, "linux");
  set_seccomp(linux);
  cgroup_path_ = set_cgroup(linux, default_cgroup_path);
}

Json& RuntimeSpec::member(Json& object, const char* key) {
  if (Json* found = find_member(object, key)) {
    if (!found->IsObject())
      throw Error(GANTRY_INVALID, std::string("OCI spec: \"") + key + "\" is not an object");
    return *found;
  }
  object.RemoveMember(key);  // null
  object.AddMember(copy_text(key, memory()), Json(rapidjson::kObjectType), memory());
  return object[key];
}

void RuntimeSpec::set(Json& object, const char* key, std::string_view text) {
  object.RemoveMember(key);
  object.AddMember(copy_text(key, memory()), copy_text(text, memory()), memory());
}

void RuntimeSpec::drop_missing_capabilities() {
  Json* process = find_member(spec_, "process");
  Json* sets = process == nullptr ? nullptr : find_member(*process, "capabilities");
  if (sets == nullptr || !sets->IsObject()) return;
  const std::uint64_t available = available_capabilities();
  for (auto& one : sets->GetObject()) {
    if (!one.value.IsArray()) continue;
    for (auto at = one.value.Begin(); at != one.value.End();) {
      const auto bit = find_capability(as_text(*at, "capabilities"));
      const bool keep = bit && (available >> *bit & 1) != 0;
      at = keep ? at + 1 : one.value.Erase(at);
    }
  }
}

Json& RuntimeSpec::namespaces_but_network() {
  Json& linux = member(spec_, "linux");
  if (find_member(linux, "namespaces") == nullptr) {
    linux.RemoveMember("namespaces");
    linux.AddMember("namespaces", Json(rapidjson::kArrayType), memory());
  }
  Json& namespaces = linux["namespaces"];
  if (!namespaces.IsArray())
    throw Error(GANTRY_INVALID, "OCI spec: \"namespaces\" is not an array");
  for (auto at = namespaces.Begin(); at != namespaces.End();)
    at = text_of(*at, "type") == "network" ? namespaces.Erase(at) : at + 1;
  return namespaces;
}

void RuntimeSpec::use_host_network() { namespaces_but_network(); }

void RuntimeSpec::use_network_namespace(const std::string& path) {
  Json entry(rapidjson::kObjectType);
  set(entry, "type", "network");
  set(entry, "path", path);
  namespaces_but_network().PushBack(entry, memory());
}

std::string RuntimeSpec::take_annotation(const char* name) {
  Json* annotations = find_member(spec_, "annotations");
  if (annotations == nullptr) return {};
  std::string value = text_of(*annotations, name);
  annotations->RemoveMember(name);
  return value;
}

void RuntimeSpec::set_apparmor(const std::string& default_profile) {
  const std::string wanted = take_annotation(kAppArmorAnnotation);
  if (wanted.empty()) return;
  if (wanted != "default" && default_profile.empty())
    throw Error(GANTRY_INVALID,
                "AppArmor profile \"" + wanted + "\": this host does not confine by AppArmor");
  apparmor_profile_ = wanted == "default" ? default_profile : wanted;
  if (!apparmor_profile_.empty())
    set(member(spec_, "process"), "apparmorProfile", apparmor_profile_);
}

void RuntimeSpec::set_seccomp(Json& linux) {
  const std::string wanted = take_annotation(kSeccompAnnotation);
  if (wanted.empty() || wanted == "unconfined") return;
  seccomp::Capabilities capabilities;
  if (const Json* process = find_member(spec_, "process"))
    if (const Json* sets = find_member(*process, "capabilities"))
      for (std::string& name : texts_of(*sets, "bounding")) capabilities.insert(std::move(name));
  const std::string profile = wanted == "default"
                                  ? seccomp::default_profile(capabilities)
                                  : seccomp::from_docker_profile(wanted, capabilities);
  JsonDocument parsed(&memory());
  parsed.Parse(profile.data(), profile.size());
  linux.RemoveMember("seccomp");
  linux.AddMember("seccomp", static_cast<Json&>(parsed), memory());
}

std::string RuntimeSpec::set_cgroup(Json& linux, const std::string& default_path) {
  std::string path = text_of(linux, "cgroupsPath");
  if (path.empty()) path = default_path;
  // A relative path would be below the daemon's own group.
  path = std::filesystem::path("/" + path).lexically_normal();
  if (path.find(':') != std::string::npos)
    throw Error(GANTRY_INVALID, "invalid cgroup parent: \"" + path + '"');
  set(linux, "cgroupsPath", path);
  return path;
}

}  // namespace gantry::oci
