#include "containers/exec_request.hpp"

#include <sys/resource.h>

#include <array>
#include <cstring>

#include "base/error.hpp"
#include "base/json.hpp"
#include "host/capabilities.hpp"

namespace gantry::oci {
namespace {

struct LimitName {
  std::string_view name;
  int resource;
};
// For a process that is not to outlive its client: ext/exec.h.
constexpr std::uint8_t kSecondsAlone = 30;

constexpr std::array<LimitName, 16> kLimits = {{{"RLIMIT_AS", RLIMIT_AS},
                                                {"RLIMIT_CORE", RLIMIT_CORE},
                                                {"RLIMIT_CPU", RLIMIT_CPU},
                                                {"RLIMIT_DATA", RLIMIT_DATA},
                                                {"RLIMIT_FSIZE", RLIMIT_FSIZE},
                                                {"RLIMIT_LOCKS", RLIMIT_LOCKS},
                                                {"RLIMIT_MEMLOCK", RLIMIT_MEMLOCK},
                                                {"RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE},
                                                {"RLIMIT_NICE", RLIMIT_NICE},
                                                {"RLIMIT_NOFILE", RLIMIT_NOFILE},
                                                {"RLIMIT_NPROC", RLIMIT_NPROC},
                                                {"RLIMIT_RSS", RLIMIT_RSS},
                                                {"RLIMIT_RTPRIO", RLIMIT_RTPRIO},
                                                {"RLIMIT_RTTIME", RLIMIT_RTTIME},
                                                {"RLIMIT_SIGPENDING", RLIMIT_SIGPENDING},
                                                {"RLIMIT_STACK", RLIMIT_STACK}}};

int resource_of(const std::string& name) {
  for (const LimitName& limit : kLimits)
    if (limit.name == name) return limit.resource;
  throw Error(GANTRY_INVALID, "unknown rlimit \"" + name + '"');
}

std::uint32_t id_of(const Json& object, const char* key) {
  const std::int64_t value = number_of(object, key);
  if (value < 0 || value > UINT32_MAX)
    throw Error(GANTRY_INVALID, std::string("invalid ") + key + " " + std::to_string(value));
  return static_cast<std::uint32_t>(value);
}

// -1 and 2^64-1 both stand for "unlimited" in the wild.
std::uint64_t limit_of(const Json& object, const char* key) {
  const Json* value = find_member(object, key);
  if (value == nullptr) return 0;
  if (value->IsUint64()) return value->GetUint64();
  if (value->IsInt64()) return UINT64_MAX;
  throw Error(GANTRY_INVALID, std::string("\"") + key + "\" is not an integer");
}

std::uint64_t capability_bits(const Json& sets, const char* key, std::uint64_t available) {
  std::uint64_t bits = 0;
  for (const std::string& name : texts_of(sets, key)) {
    const auto bit = find_capability(name);
    if (!bit) throw Error(GANTRY_INVALID, "unknown capability \"" + name + '"');
    bits |= std::uint64_t{1} << *bit;
  }
  return bits & available;
}

template <class T>
void append_raw(std::string& to, const T& value) {
  to.append(reinterpret_cast<const char*>(&value), sizeof value);
}

}  // namespace

ExecRequest::ExecRequest(std::string_view exec_id, std::string_view process_json,
                         const Confinement& confinement, bool open_stdin)
    : exec_id_(exec_id) {
  const JsonDocument process = parse_object(process_json, "exec process");
  const std::vector<std::string> args = texts_of(process, "args");
  if (args.empty()) throw Error(GANTRY_INVALID, "No exec command specified");
  for (const std::string& arg : args) args_.add(arg);
  for (const std::string& entry : texts_of(process, "env")) env_.add(entry);
  cwd_ = text_of(process, "cwd");
  if (const Json* user = find_member(process, "user")) {
    request.uid = id_of(*user, "uid");
    request.gid = id_of(*user, "gid");
    for (const Json* group : items_of(*user, "additionalGids")) {
      if (!group->IsUint()) throw Error(GANTRY_INVALID, "\"additionalGids\" is not a list of ids");
      append_raw(groups_, std::uint32_t{group->GetUint()});
    }
    if (find_member(*user, "umask") != nullptr) {
      request.has_umask = 1;
      request.umask = id_of(*user, "umask");
    }
  }
  if (const Json* sets = find_member(process, "capabilities")) {
    const std::uint64_t available = available_capabilities();
    request.cap_bounding = capability_bits(*sets, "bounding", available);
    request.cap_permitted = capability_bits(*sets, "permitted", available);
    request.cap_effective = capability_bits(*sets, "effective", available);
    request.cap_inheritable = capability_bits(*sets, "inheritable", available);
    request.cap_ambient = capability_bits(*sets, "ambient", available);
  }
  for (const Json* limit : items_of(process, "rlimits")) {
    const shim::Rlimit entry{resource_of(text_of(*limit, "type")), 0, limit_of(*limit, "soft"),
                             limit_of(*limit, "hard")};
    append_raw(rlimits_, entry);
  }
  request.no_new_privileges = flag_of(process, "noNewPrivileges") ? 1 : 0;
  apparmor_ = confinement.apparmor_profile;
  selinux_ = text_of(process, "selinuxLabel");
  request.tty = flag_of(process, "terminal") ? 1 : 0;
  if (const Json* size = find_member(process, "consoleSize")) {
    request.tty_rows = id_of(*size, "height");
    request.tty_columns = id_of(*size, "width");
  }
  if (find_member(process, "oomScoreAdj") != nullptr) {
    request.has_oom_score_adj = 1;
    request.oom_score_adj = static_cast<std::int32_t>(number_of(process, "oomScoreAdj"));
  }
  note_ = text_of(process, "note");
  request.note = note_;
  request.end_with_client = flag_of(process, "endWithClient") ? kSecondsAlone : 0;
  request.exec_id = exec_id_;
  request.args = args_.view();
  request.env = env_.view();
  request.cwd = cwd_;
  request.groups = groups_;
  request.rlimits = rlimits_;
  request.apparmor_profile = apparmor_;
  request.selinux_label = selinux_;
  request.open_stdin = open_stdin ? 1 : 0;
  request.seccomp = confinement.seccomp.filter;
  request.seccomp_flags = confinement.seccomp.flags;
}

}  // namespace gantry::oci
