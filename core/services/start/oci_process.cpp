// The spec's process: arguments, environment, user, capabilities, limits.
#include <algorithm>
#include <array>
#include <unordered_map>
#include <unordered_set>

#include "core/base/text.hpp"
#include "core/domain/host_config.hpp"
#include "core/services/start/oci_spec.hpp"

namespace gantry::services {
namespace {

/// Docker's default set.
constexpr std::array<std::string_view, 14> kDefaultCapabilities = {
    "CAP_CHOWN",   "CAP_DAC_OVERRIDE", "CAP_FSETID",           "CAP_FOWNER",
    "CAP_MKNOD",   "CAP_NET_RAW",      "CAP_SETGID",           "CAP_SETUID",
    "CAP_SETFCAP", "CAP_SETPCAP",      "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT",
    "CAP_KILL",    "CAP_AUDIT_WRITE"};

constexpr std::string_view kPath =
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

std::string_view name_of(std::string_view variable) {
  return variable.substr(0, variable.find('='));
}

bool contains(const std::vector<std::string>& list, std::string_view value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

std::string rlimit_name(const std::string& docker_name) {
  std::string upper = "RLIMIT_";
  for (const char c : docker_name)
    upper += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return upper;
}

std::uint64_t rlimit_value(std::int64_t value) {
  return value < 0 ? UINT64_MAX : static_cast<std::uint64_t>(value);  // -1: unlimited
}

/// In linear time. `unset`: "NAME" without "=" removes NAME.
void put_variables(std::vector<std::string>& env, const std::vector<std::string>& variables,
                   bool unset) {
  std::unordered_map<std::string, std::vector<size_t>> places;  // by name
  const auto places_of = [&](const std::string& variable) -> std::vector<size_t>& {
    return places[std::string(name_of(variable))];
  };
  for (size_t i = 0; i < env.size(); ++i) places_of(env[i]).push_back(i);
  std::unordered_set<size_t> removed;
  for (const std::string& variable : variables) {
    std::vector<size_t>& found = places_of(variable);
    if (unset && variable.find('=') == std::string::npos) {
      removed.insert(found.begin(), found.end());
      found.clear();
    } else if (found.empty()) {
      found.push_back(env.size());
      env.push_back(variable);
    } else {
      env[found.front()] = variable;
    }
  }
  size_t index = 0;
  std::erase_if(env, [&](const std::string&) { return removed.contains(index++); });
}

}  // namespace

std::vector<std::string> effective_capabilities(const json::Node& hc) {
  const auto& all = domain::capability_names();
  if (hc["Privileged"].boolean()) return all;
  std::vector<std::string> add, drop;
  for (const std::string& name : hc["CapAdd"].strings())
    add.push_back(domain::canonical_capability(name));
  for (const std::string& name : hc["CapDrop"].strings())
    drop.push_back(domain::canonical_capability(name));
  const bool add_all = contains(add, "ALL"), drop_all = contains(drop, "ALL");
  std::vector<std::string> effective;
  for (const std::string& name : all) {
    const bool by_default = std::find(kDefaultCapabilities.begin(), kDefaultCapabilities.end(),
                                      name) != kDefaultCapabilities.end();
    // Docker's order: ALL in CapAdd first, then ALL in CapDrop; one named in both lists is added.
    const bool granted = add_all    ? !contains(drop, name)
                         : drop_all ? contains(add, name)
                                    : (by_default && !contains(drop, name)) || contains(add, name);
    if (granted) effective.push_back(name);
  }
  return effective;
}

void set_variables(std::vector<std::string>& env, const std::vector<std::string>& variables) {
  put_variables(env, variables, false);
}

std::vector<std::string> effective_environment(const std::vector<std::string>& own,
                                               const std::string& hostname, bool tty,
                                               const std::vector<std::string>& links) {
  std::vector<std::string> env = {std::string(kPath), "HOSTNAME=" + hostname};
  if (tty) env.emplace_back("TERM=xterm");
  env.insert(env.end(), links.begin(), links.end());
  put_variables(env, own, true);
  return env;
}

std::string oci_process(const ProcessPlan& plan) {
  json::Writer out;
  out.begin_object().field("terminal", plan.tty);
  if (plan.tty && plan.rows > 0 && plan.columns > 0)
    out.key("consoleSize")
        .begin_object()
        .field("height", plan.rows)
        .field("width", plan.columns)
        .end_object();
  out.key("user").begin_object().field("uid", plan.user.uid).field("gid", plan.user.gid);
  if (!plan.user.additional_gids.empty()) {
    out.key("additionalGids").begin_array();
    for (const std::uint32_t gid : plan.user.additional_gids) out.u64(gid);
    out.end_array();
  }
  out.end_object();
  out.field("args", plan.args).field("env", plan.env).field("cwd", plan.cwd);

  out.key("capabilities").begin_object();
  // Without ambient ones a user other than root keeps none over execve, as in Docker.
  for (const char* set : {"bounding", "effective", "permitted"})
    out.field(set, plan.user.uid == 0 || std::string_view(set) == "bounding"
                       ? plan.capabilities
                       : std::vector<std::string>{});
  out.end_object();

  out.key("rlimits").begin_array();
  for (const domain::Ulimit& limit : plan.ulimits) {
    out.begin_object().field("type", rlimit_name(limit.name));
    out.field("hard", rlimit_value(limit.hard));
    out.field("soft", rlimit_value(limit.soft)).end_object();
  }
  out.end_array();
  out.field("noNewPrivileges", plan.no_new_privileges);
  if (plan.oom_score_adj) out.field("oomScoreAdj", *plan.oom_score_adj);
  if (plan.end_with_client) out.field("endWithClient", true);
  if (!plan.note.empty()) out.field("note", plan.note);
  out.end_object();
  return out.take();
}

}  // namespace gantry::services
