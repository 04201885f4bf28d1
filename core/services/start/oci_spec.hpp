// The OCI runtime spec (config.json) of a container: a pure function of its StartPlan. Any thread.
//
// Left to the runtime plugin: root.path, the path of the network namespace, cgroupsPath unless the
// client chose a parent, and the seccomp filter: annotation "gantry.seccomp" says "default" or
// carries a profile in Docker's JSON, and the AppArmor profile: annotation "gantry.apparmor" says
// "default" or names one; absent: unconfined. Capabilities the host itself lacks are
// dropped there, too.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/json/writer.hpp"
#include "core/services/start/start_plan.hpp"

namespace gantry::services {

inline constexpr std::string_view kSeccompAnnotation = "gantry.seccomp";
inline constexpr std::string_view kAppArmorAnnotation = "gantry.apparmor";

std::string oci_spec(const StartPlan& plan);

/// What an exec shares with its container's first process.
struct ProcessPlan {
  std::vector<std::string> args, env;
  std::string cwd = "/";
  bool tty = false;
  std::uint32_t rows = 0, columns = 0;
  ResolvedUser user;
  std::vector<std::string> capabilities;
  std::vector<domain::Ulimit> ulimits;
  bool no_new_privileges = false;
  bool end_with_client = false;  // execs only (gantry/ext/exec.h)
  std::string note{};            // likewise
  std::optional<std::int64_t> oom_score_adj;
};

/// The spec's `process` object.
std::string oci_process(const ProcessPlan& plan);

/// Capabilities by Docker's defaults, CapAdd, CapDrop and Privileged.
std::vector<std::string> effective_capabilities(const json::Node& host_config);

/// Sets each "NAME=value" in `env`, in its place or behind the others.
void set_variables(std::vector<std::string>& env, const std::vector<std::string>& variables);

/// Docker's base environment (PATH, HOSTNAME, TERM) with `own` on top; "NAME" without "=" removes
/// NAME.
std::vector<std::string> effective_environment(const std::vector<std::string>& own,
                                               const std::string& hostname, bool tty,
                                               const std::vector<std::string>& links = {});

}  // namespace gantry::services
