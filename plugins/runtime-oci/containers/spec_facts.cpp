#include "containers/spec_facts.hpp"

#include <algorithm>

namespace gantry::oci {

bool has_hooks(const Json& spec) {
  const Json* hooks = spec.IsObject() ? find_member(spec, "hooks") : nullptr;
  return hooks != nullptr && hooks->IsObject() && hooks->MemberCount() > 0;
}

std::int64_t pids_limit(const Json& spec) {
  const Json* at = &spec;
  for (const char* name : {"linux", "resources", "pids", "limit"})
    if (!at->IsObject() || (at = find_member(*at, name)) == nullptr) return 0;
  return at->IsInt64() ? std::max<std::int64_t>(at->GetInt64(), 0) : 0;
}

std::string program(const Json& spec) {
  const Json* process = spec.IsObject() ? find_member(spec, "process") : nullptr;
  const Json* args =
      process != nullptr && process->IsObject() ? find_member(*process, "args") : nullptr;
  if (args == nullptr || !args->IsArray() || args->Empty() || !(*args)[0].IsString()) return "";
  return (*args)[0].GetString();
}

}  // namespace gantry::oci
