// Docker's profile files: rules may depend on architecture, capabilities and kernel version.

#include <sys/utsname.h>

#include <algorithm>
#include <cstdio>

#include "base/error.hpp"
#include "base/json.hpp"
#include "seccomp/profile.hpp"

namespace gantry::oci::seccomp {
namespace {

#if defined(__x86_64__)
constexpr std::string_view kArchitecture = "SCMP_ARCH_X86_64", kGoArchitecture = "amd64";
#elif defined(__aarch64__)
constexpr std::string_view kArchitecture = "SCMP_ARCH_AARCH64", kGoArchitecture = "arm64";
#elif defined(__riscv)
constexpr std::string_view kArchitecture = "SCMP_ARCH_RISCV64", kGoArchitecture = "riscv64";
#elif defined(__powerpc64__)
constexpr std::string_view kArchitecture = "SCMP_ARCH_PPC64LE", kGoArchitecture = "ppc64le";
#else
constexpr std::string_view kArchitecture = "SCMP_ARCH_S390X", kGoArchitecture = "s390x";
#endif

bool kernel_at_least(const std::string& version) {
  struct utsname host {};
  int major = 0, minor = 0, wanted_major = 0, wanted_minor = 0;
  if (::uname(&host) != 0 || std::sscanf(host.release, "%d.%d", &major, &minor) != 2) return false;
  if (std::sscanf(version.c_str(), "%d.%d", &wanted_major, &wanted_minor) != 2)
    throw Error(GANTRY_INVALID, "seccomp profile: invalid minKernel \"" + version + "\"");
  return major > wanted_major || (major == wanted_major && minor >= wanted_minor);
}

bool names_this_architecture(const Json& filter) {
  const auto names = texts_of(filter, "arches");
  return std::find(names.begin(), names.end(), kGoArchitecture) != names.end();
}

/// A rule stands when all of `includes` and none of `excludes` hold.
bool applies(const Json& rule, const Capabilities& capabilities) {
  if (const Json* includes = find_member(rule, "includes")) {
    if (!items_of(*includes, "arches").empty() && !names_this_architecture(*includes)) return false;
    for (const std::string& capability : texts_of(*includes, "caps"))
      if (!capabilities.contains(capability)) return false;
    if (const std::string kernel = text_of(*includes, "minKernel");
        !kernel.empty() && !kernel_at_least(kernel))
      return false;
  }
  if (const Json* excludes = find_member(rule, "excludes")) {
    if (names_this_architecture(*excludes)) return false;
    for (const std::string& capability : texts_of(*excludes, "caps"))
      if (capabilities.contains(capability)) return false;
    if (const std::string kernel = text_of(*excludes, "minKernel");
        !kernel.empty() && kernel_at_least(kernel))
      return false;
  }
  return true;
}

/// In moby's words.
void refuse_both(const std::string& one, const std::string& other, bool both) {
  if (both)
    throw Error(GANTRY_INVALID, "both '" + one + "' and '" + other +
                                    "' are specified in the seccomp profile, use either '" + one +
                                    "' or '" + other + "'");
}

void copy_members(const Json& from, JsonWriter& out, std::initializer_list<const char*> keys) {
  for (const char* key : keys)
    if (const Json* value = find_member(from, key)) {
      put_key(out, key);
      value->Accept(out);
    }
}

void put_rule(const Json& rule, JsonWriter& out) {
  out.StartObject();
  put_key(out, "names");
  out.StartArray();
  for (const std::string& name : texts_of(rule, "names")) put(out, name);
  if (const std::string name = text_of(rule, "name"); !name.empty()) put(out, name);
  out.EndArray();
  copy_members(rule, out, {"action", "errnoRet", "args"});
  out.EndObject();
}

}  // namespace

std::string from_docker_profile(std::string_view json, const Capabilities& capabilities) {
  const JsonDocument profile = parse_object(json, "seccomp profile");
  refuse_both("architectures", "archMap",
              !items_of(profile, "architectures").empty() && !items_of(profile, "archMap").empty());
  if (text_of(profile, "defaultAction").empty())
    throw Error(GANTRY_INVALID, "seccomp profile: defaultAction is missing");
  rapidjson::StringBuffer buffer;
  JsonWriter out(buffer);
  out.StartObject();
  copy_members(profile, out,
               {"defaultAction", "defaultErrnoRet", "flags", "listenerPath", "listenerMetadata"});
  put_key(out, "architectures");
  out.StartArray();
  for (const std::string& name : texts_of(profile, "architectures")) put(out, name);
  for (const Json* entry : items_of(profile, "archMap"))
    if (text_of(*entry, "architecture") == kArchitecture) {
      put(out, kArchitecture);
      for (const std::string& name : texts_of(*entry, "subArchitectures")) put(out, name);
    }
  out.EndArray();
  put_key(out, "syscalls");
  out.StartArray();
  for (const Json* rule : items_of(profile, "syscalls"))
    refuse_both("name", "names",
                !text_of(*rule, "name").empty() && !items_of(*rule, "names").empty());
  for (const Json* rule : items_of(profile, "syscalls"))
    if (applies(*rule, capabilities)) put_rule(*rule, out);
  out.EndArray();
  out.EndObject();
  return buffer.GetString();
}

}  // namespace gantry::oci::seccomp
