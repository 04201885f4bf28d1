#include "core/services/start/oci_spec.hpp"

#include "core/domain/security_options.hpp"
#include "core/services/start/oci_mounts.hpp"
#include "core/services/start/oci_resources.hpp"

namespace gantry::services {
namespace {

constexpr std::string_view kOciVersion = "1.0.2";
constexpr std::string_view kInitInContainer = "/sbin/docker-init";

void write_namespace(json::Writer& out, const char* type, const std::string& path = {}) {
  out.begin_object().field("type", type);
  if (!path.empty()) out.field("path", path);
  out.end_object();
}

void write_namespaces(json::Writer& out, const StartPlan& plan, const json::Node& hc) {
  out.key("namespaces").begin_array();
  write_namespace(out, "mount");
  // The path of the network namespace is the runtime's: it made the sandbox.
  if (plan.record.host_config.network_mode != "host") write_namespace(out, "network");
  if (hc["UTSMode"].str() != "host") write_namespace(out, "uts");
  if (hc["PidMode"].str() != "host") write_namespace(out, "pid", plan.pid_namespace);
  if (hc["IpcMode"].str() != "host") write_namespace(out, "ipc", plan.ipc_namespace);
  if (hc["CgroupnsMode"].str() == "private") write_namespace(out, "cgroup");
  out.end_array();
}

std::map<std::string, std::string> sysctls(const StartPlan& plan, const json::Node& hc) {
  std::map<std::string, std::string> values;
  const std::string& mode = plan.record.host_config.network_mode;
  if (mode != "host" && !mode.starts_with("container:")) {
    // As Docker: a container may ping and listen below 1024 without capabilities.
    values.emplace("net.ipv4.ip_unprivileged_port_start", "0");
    values.emplace("net.ipv4.ping_group_range", "0 2147483647");
  }
  // Runtimes of spec 1.0 know no domain name of their own.
  const std::string& domainname = plan.record.config.domainname;
  if (!domainname.empty() && hc["UTSMode"].str() != "host")
    values["kernel.domainname"] = domainname;
  for (const auto& [name, value] : hc["Sysctls"].string_map()) values[name] = value;
  return values;
}

ProcessPlan process_plan(const StartPlan& plan, const json::Node& hc,
                         const domain::SecurityOptions& security) {
  const domain::ContainerRecord& record = plan.record;
  ProcessPlan process;
  if (!plan.init_binary.empty()) process.args = {std::string(kInitInContainer), "--"};
  process.args.push_back(record.path);
  process.args.insert(process.args.end(), record.args.begin(), record.args.end());
  process.env = effective_environment(record.config.env, record.config.hostname, record.config.tty,
                                      plan.link_environment);
  set_variables(process.env, plan.device_environment);
  if (!record.config.working_dir.empty()) process.cwd = record.config.working_dir;
  process.tty = record.config.tty;
  process.rows = static_cast<std::uint32_t>(hc["ConsoleSize"].at(0).i64());
  process.columns = static_cast<std::uint32_t>(hc["ConsoleSize"].at(1).i64());
  process.user = plan.user;
  process.capabilities = effective_capabilities(hc);
  process.ulimits = domain::effective_ulimits(hc, plan.defaults.ulimits);
  process.no_new_privileges = security.no_new_privileges.value_or(record.no_new_privileges);
  process.oom_score_adj = hc["OomScoreAdj"].i64();
  return process;
}

void write_hooks(json::Writer& out, const std::vector<devices::Hook>& hooks) {
  std::map<std::string, std::vector<const devices::Hook*>> stages;
  for (const devices::Hook& hook : hooks) stages[hook.stage].push_back(&hook);
  out.key("hooks").begin_object();
  for (const auto& [stage, of_stage] : stages) {
    out.key(stage).begin_array();
    for (const devices::Hook* hook : of_stage) {
      out.begin_object().field("path", hook->path);
      if (!hook->args.empty()) out.field("args", hook->args);
      if (!hook->env.empty()) out.field("env", hook->env);
      if (hook->timeout_seconds) out.field("timeout", *hook->timeout_seconds);
      out.end_object();
    }
    out.end_array();
  }
  out.end_object();
}

void write_intel_rdt(json::Writer& out, const devices::IntelRdt& rdt) {
  out.key("intelRdt").begin_object();
  if (!rdt.clos_id.empty()) out.field("closID", rdt.clos_id);
  if (!rdt.l3_cache_schema.empty()) out.field("l3CacheSchema", rdt.l3_cache_schema);
  if (!rdt.mem_bw_schema.empty()) out.field("memBwSchema", rdt.mem_bw_schema);
  if (!rdt.schemata.empty()) out.field("schemata", rdt.schemata);
  if (rdt.enable_cmt) out.field("enableCMT", true);
  if (rdt.enable_mbm) out.field("enableMBM", true);
  if (rdt.enable_monitoring) out.field("enableMonitoring", true);
  out.end_object();
}

std::string cgroup_parent(const StartPlan& plan, const json::Node& hc) {
  const std::string own = hc["CgroupParent"].str();
  return own.empty() ? plan.defaults.cgroup_parent : own;
}

void write_linux(json::Writer& out, const StartPlan& plan, const json::Node& hc) {
  out.key("linux").begin_object();
  if (const auto values = sysctls(plan, hc); !values.empty()) out.field("sysctl", values);
  out.key("resources").raw(oci_resources(plan, hc));
  if (const std::string parent = cgroup_parent(plan, hc); !parent.empty())
    out.field("cgroupsPath", parent + "/" + plan.record.id);
  write_namespaces(out, plan, hc);
  out.key("devices").raw(oci_devices(plan));
  if (plan.intel_rdt) write_intel_rdt(out, *plan.intel_rdt);
  if (!hc["Privileged"].boolean()) {
    if (hc["MaskedPaths"]) out.field("maskedPaths", hc["MaskedPaths"].strings());
    if (hc["ReadonlyPaths"]) out.field("readonlyPaths", hc["ReadonlyPaths"].strings());
  }
  out.field("rootfsPropagation", root_propagation(plan));
  out.end_object();
}

}  // namespace

std::string oci_spec(const StartPlan& plan) {
  const auto document = plan.record.host_config.document();
  const json::Node hc = document.root();
  const auto security = domain::parse_security_options(hc["SecurityOpt"].strings());

  json::Writer out;
  out.begin_object().field("ociVersion", kOciVersion);
  out.key("process").raw(oci_process(process_plan(plan, hc, security)));
  out.key("root")
      .begin_object()
      .field("path", "rootfs")
      .field("readonly", hc["ReadonlyRootfs"].boolean())
      .end_object();
  if (hc["UTSMode"].str() != "host") out.field("hostname", plan.record.config.hostname);
  out.key("mounts").raw(oci_mounts(plan, hc));
  write_linux(out, plan, hc);
  if (!plan.hooks.empty()) write_hooks(out, plan.hooks);

  auto annotations = hc["Annotations"].string_map();
  const bool privileged = hc["Privileged"].boolean();
  const std::string seccomp =
      domain::effective_seccomp(security, privileged, plan.defaults.seccomp);
  if (seccomp != "unconfined") annotations[std::string(kSeccompAnnotation)] = seccomp;
  const std::string apparmor = domain::effective_apparmor(security, privileged);
  if (apparmor != "unconfined") annotations[std::string(kAppArmorAnnotation)] = apparmor;
  if (!annotations.empty()) out.field("annotations", annotations);
  out.end_object();
  return out.take();
}

}  // namespace gantry::services
