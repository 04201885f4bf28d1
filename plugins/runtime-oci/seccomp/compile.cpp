#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <map>
#include <memory>
#include <vector>

#include "base/error.hpp"
#include "base/fd.hpp"
#include "base/json.hpp"
#include "seccomp/profile.hpp"

namespace gantry::oci::seccomp {
namespace {

struct Release {
  void operator()(void* filter) const { seccomp_release(filter); }
};
using Filter = std::unique_ptr<void, Release>;

std::uint32_t action_of(const std::string& name, std::uint32_t error_number) {
  static const std::map<std::string, std::uint32_t, std::less<>> actions = {
      {"SCMP_ACT_ALLOW", SCMP_ACT_ALLOW},
      {"SCMP_ACT_KILL", SCMP_ACT_KILL_THREAD},
      {"SCMP_ACT_KILL_THREAD", SCMP_ACT_KILL_THREAD},
      {"SCMP_ACT_KILL_PROCESS", SCMP_ACT_KILL_PROCESS},
      {"SCMP_ACT_TRAP", SCMP_ACT_TRAP},
      {"SCMP_ACT_LOG", SCMP_ACT_LOG},
  };
  if (name == "SCMP_ACT_ERRNO") return SCMP_ACT_ERRNO(error_number);
  if (name == "SCMP_ACT_TRACE") return SCMP_ACT_TRACE(error_number);
  const auto found = actions.find(name);
  if (found == actions.end())
    throw Error(GANTRY_INVALID, "seccomp profile: action \"" + name + "\" is not supported");
  return found->second;
}

scmp_compare comparison_of(const std::string& name) {
  static const std::map<std::string, scmp_compare, std::less<>> comparisons = {
      {"SCMP_CMP_NE", SCMP_CMP_NE},
      {"SCMP_CMP_LT", SCMP_CMP_LT},
      {"SCMP_CMP_LE", SCMP_CMP_LE},
      {"SCMP_CMP_EQ", SCMP_CMP_EQ},
      {"SCMP_CMP_GE", SCMP_CMP_GE},
      {"SCMP_CMP_GT", SCMP_CMP_GT},
      {"SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ}};
  const auto found = comparisons.find(name);
  if (found == comparisons.end())
    throw Error(GANTRY_INVALID, "seccomp profile: comparison \"" + name + "\" is unknown");
  return found->second;
}

std::uint64_t unsigned_of(const Json& object, const char* key) {
  const Json* value = find_member(object, key);
  if (value == nullptr) return 0;
  if (!value->IsUint64())
    throw Error(GANTRY_INVALID, std::string("seccomp profile: ") + key + " is not a number");
  return value->GetUint64();
}

std::vector<scmp_arg_cmp> conditions_of(const Json& rule) {
  std::vector<scmp_arg_cmp> conditions;
  for (const Json* argument : items_of(rule, "args")) {
    scmp_arg_cmp condition{};
    condition.arg = static_cast<unsigned>(unsigned_of(*argument, "index"));
    if (condition.arg > 5) throw Error(GANTRY_INVALID, "seccomp profile: argument index above 5");
    condition.op = comparison_of(text_of(*argument, "op"));
    condition.datum_a = unsigned_of(*argument, "value");
    condition.datum_b = unsigned_of(*argument, "valueTwo");
    conditions.push_back(condition);
  }
  return conditions;
}

void add_rule(scmp_filter_ctx filter, std::uint32_t action, int call,
              const std::vector<scmp_arg_cmp>& conditions) {
  // libseccomp takes one condition per argument; several on the same one mean "any of them".
  std::array<int, 6> uses{};
  bool repeated = false;
  for (const scmp_arg_cmp& condition : conditions) repeated |= ++uses[condition.arg] > 1;
  int error = 0;
  if (repeated) {
    for (const scmp_arg_cmp& condition : conditions)
      if (error == 0) error = seccomp_rule_add_array(filter, action, call, 1, &condition);
  } else {
    error = seccomp_rule_add_array(filter, action, call, static_cast<unsigned>(conditions.size()),
                                   conditions.data());
  }
  if (error < 0) throw os_error("seccomp rule", -error);
}

void add_rules(scmp_filter_ctx filter, const Json& profile, std::uint32_t default_action) {
  for (const Json* rule : items_of(profile, "syscalls")) {
    const Json* error_number = find_member(*rule, "errnoRet");
    const std::uint32_t action = action_of(
        text_of(*rule, "action"), error_number != nullptr
                                      ? static_cast<std::uint32_t>(unsigned_of(*rule, "errnoRet"))
                                      : EPERM);
    if (action == default_action) continue;  // libseccomp refuses rules that change nothing
    const auto conditions = conditions_of(*rule);
    for (const std::string& name : texts_of(*rule, "names")) {
      const int call = seccomp_syscall_resolve_name(name.c_str());
      if (call != __NR_SCMP_ERROR) add_rule(filter, action, call, conditions);
    }
  }
}

void add_architectures(scmp_filter_ctx filter, const Json& profile) {
  static constexpr std::string_view kPrefix = "SCMP_ARCH_";
  for (std::string name : texts_of(profile, "architectures")) {
    if (name.starts_with(kPrefix)) name.erase(0, kPrefix.size());
    for (char& c : name)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    const std::uint32_t token = seccomp_arch_resolve_name(name.c_str());
    if (token == 0) continue;
    if (const int error = seccomp_arch_add(filter, token); error < 0 && error != -EEXIST)
      throw os_error("seccomp architecture " + name, -error);
  }
}

std::uint32_t flags_of(const Json& profile) {
  std::uint32_t flags = 0;
  for (const std::string& name : texts_of(profile, "flags")) {
    if (name == "SECCOMP_FILTER_FLAG_LOG")
      flags |= SECCOMP_FILTER_FLAG_LOG;
    else if (name == "SECCOMP_FILTER_FLAG_SPEC_ALLOW")
      flags |= SECCOMP_FILTER_FLAG_SPEC_ALLOW;
    else if (name != "SECCOMP_FILTER_FLAG_TSYNC")  // without meaning for a single thread
      throw Error(GANTRY_INVALID, "seccomp profile: flag \"" + name + "\" is not supported");
  }
  return flags;
}

}  // namespace

Program compile(std::string_view linux_seccomp_json) {
  const JsonDocument profile = parse_object(linux_seccomp_json, "linux.seccomp");
  const Json* default_errno = find_member(profile, "defaultErrnoRet");
  const std::uint32_t default_action = action_of(
      text_of(profile, "defaultAction"),
      default_errno != nullptr ? static_cast<std::uint32_t>(unsigned_of(profile, "defaultErrnoRet"))
                               : EPERM);
  const Filter filter(seccomp_init(default_action));
  if (!filter) throw Error(GANTRY_INTERNAL, "seccomp_init failed");
  add_architectures(filter.get(), profile);
  seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);  // a tree instead of a chain
  add_rules(filter.get(), profile, default_action);
  const UniqueFd memory(::memfd_create("seccomp", MFD_CLOEXEC));
  if (!memory) throw_errno("memfd_create");
  if (const int error = seccomp_export_bpf(filter.get(), memory.get()); error < 0)
    throw os_error("seccomp_export_bpf", -error);
  const off_t size = ::lseek(memory.get(), 0, SEEK_END);
  Program program;
  program.flags = flags_of(profile);
  program.filter.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
  if (::pread(memory.get(), program.filter.data(), program.filter.size(), 0) != size)
    throw_errno("read the seccomp program");
  return program;
}

}  // namespace gantry::oci::seccomp
