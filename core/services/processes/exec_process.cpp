#include "core/services/processes/exec_process.hpp"

#include <algorithm>

#include "core/domain/host_config.hpp"
#include "core/domain/security_options.hpp"
#include "core/services/processes/exec_note.hpp"
#include "core/services/start/oci_spec.hpp"

namespace gantry::services {

std::string exec_process(const domain::ContainerRecord& record, const ExecConfig& config,
                         const ResolvedUser& user, std::uint32_t rows, std::uint32_t columns,
                         const std::vector<std::string>& links,
                         const std::vector<domain::Ulimit>& ulimits) {
  const auto document = record.host_config.document();
  const json::Node hc = document.root();
  ProcessPlan plan;
  plan.args = config.cmd;
  std::vector<std::string> own = record.config.env;
  own.insert(own.end(), config.env.begin(), config.env.end());
  plan.env = effective_environment(own, record.config.hostname, config.tty, links);
  const bool has_home = std::any_of(plan.env.begin(), plan.env.end(),
                                    [](const auto& v) { return v.starts_with("HOME="); });
  // The OCI runtime sees to it for the first process; a supervisor starts execs without one.
  if (!has_home) plan.env.push_back("HOME=" + user.home);
  plan.cwd = !config.working_dir.empty()          ? config.working_dir
             : !record.config.working_dir.empty() ? record.config.working_dir
                                                  : "/";
  plan.tty = config.tty;
  plan.rows = rows;
  plan.columns = columns;
  plan.user = user;
  plan.end_with_client = config.end_with_client;
  plan.note = exec_note(config);
  plan.capabilities = config.privileged ? domain::capability_names() : effective_capabilities(hc);
  plan.ulimits = domain::effective_ulimits(hc, ulimits);
  plan.no_new_privileges = domain::parse_security_options(hc["SecurityOpt"].strings())
                               .no_new_privileges.value_or(record.no_new_privileges);
  return oci_process(plan);
}

}  // namespace gantry::services
