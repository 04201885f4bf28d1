#include "core/domain/host_config.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/domain/device_rule.hpp"
#include "core/domain/dns_check.hpp"
#include "core/domain/host_config_fields.hpp"
#include "core/domain/interface_sysctls.hpp"
#include "core/domain/log_config.hpp"
#include "core/domain/ulimit.hpp"

namespace gantry::domain {
namespace {

constexpr std::int64_t kLeastWeight = 10, kMostWeight = 1000;
constexpr std::int64_t kMostPids = 4 << 20;  // the kernel's

bool is_one_of(std::string_view value, std::initializer_list<std::string_view> allowed) {
  return std::find(allowed.begin(), allowed.end(), value) != allowed.end();
}

void check_memory(const json::Node& hc, ResourceCheck check) {
  constexpr std::int64_t kMinimum = 6 << 20;
  const std::int64_t memory = hc["Memory"].i64(), swap = hc["MemorySwap"].i64(),
                     reservation = hc["MemoryReservation"].i64();
  if (memory != 0 && memory < kMinimum) invalid("Minimum memory limit allowed is 6MB");
  if (memory > 0 && swap > 0 && swap < memory)
    invalid("Minimum memoryswap limit should be larger than memory limit, see usage");
  if (check == ResourceCheck::create && memory == 0 && swap > 0)
    invalid("You should always set the Memory limit when using Memoryswap limit, see usage");
  if (const auto swappiness = hc["MemorySwappiness"].find_i64();
      swappiness && (*swappiness < -1 || *swappiness > 100))
    invalid("Invalid value: " + std::to_string(*swappiness) +
            ", valid memory swappiness range is 0-100");
  if (reservation != 0 && reservation < kMinimum)
    invalid("Minimum memory reservation allowed is 6MB");
  if (memory > 0 && reservation > memory)
    invalid("Minimum memory limit can not be less than memory reservation limit, see usage");
  if (hc["KernelMemoryTCP"].i64() < 0) hc["KernelMemoryTCP"].fail("must not be negative");
  if (hc["ShmSize"].i64() < 0) invalid("SHM size can not be less than 0");
  if (const std::int64_t adj = hc["OomScoreAdj"].i64(); adj < -1000 || adj > 1000)
    invalid("Invalid value " + std::to_string(adj) + ", range for oom score adj is [-1000, 1000]");
}

void check_cpu(const json::Node& hc) {
  const std::int64_t nano = hc["NanoCpus"].i64(), period = hc["CpuPeriod"].i64(),
                     quota = hc["CpuQuota"].i64();
  if (nano > 0 && period > 0)
    invalid("Conflicting options: Nano CPUs and CPU Period cannot both be set");
  if (nano > 0 && quota > 0)
    invalid("Conflicting options: Nano CPUs and CPU Quota cannot both be set");
  if (period != 0 && (period < 1000 || period > 1000000))
    invalid("CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)");
  if (quota > 0 && quota < 1000) invalid("CPU cfs quota can not be less than 1ms (i.e. 1000)");
  if (const std::int64_t shares = hc["CpuShares"].i64(); shares < 0)
    invalid("invalid CPU shares (" + std::to_string(shares) +
            "): value must be a positive integer");
  if (const std::int64_t weight = hc["BlkioWeight"].i64();
      weight != 0 && (weight < kLeastWeight || weight > kMostWeight))
    invalid("Range of blkio weight is from 10 to 1000");
  const std::int64_t realtime_period = hc["CpuRealtimePeriod"].i64(),
                     realtime_runtime = hc["CpuRealtimeRuntime"].i64();
  if (realtime_period < 0) hc["CpuRealtimePeriod"].fail("must not be negative");
  if (realtime_runtime < 0) hc["CpuRealtimeRuntime"].fail("must not be negative");
  if (realtime_period != 0 && realtime_runtime > realtime_period)
    invalid("cpu real-time runtime cannot be higher than cpu real-time period");
  if (hc["PidsLimit"].i64() > kMostPids) hc["PidsLimit"].fail("must not be above 4194304");
}

void check_capabilities(const json::Node& hc) {
  for (const char* field : {"CapAdd", "CapDrop"})
    for (const std::string& capability : hc[field].strings())
      if (canonical_capability(capability).empty()) {
        const std::string canonical =
            capability.starts_with("CAP_") ? capability : "CAP_" + capability;
        invalid("invalid " + std::string(field) + ": unknown capability: \"" + canonical + "\"");
      }
}

void check_device_rules(const json::Node& hc) {
  for (const std::string& rule : hc["DeviceCgroupRules"].strings()) parse_device_rule(rule);
}

/// Names are looked up in the container's own file, at start.
void check_groups(const json::Node& hc) {
  hc["GroupAdd"].each_item([](json::Node item) {
    const std::string group = item.str();
    if (group.empty()) item.fail("must not be empty");
    const std::string_view digits = std::string_view(group).substr(group.starts_with('-'));
    if (digits.find_first_not_of("0123456789") != std::string_view::npos) return;
    const auto id = text::to_int(group);
    if (!id || *id < 0 || *id > INT32_MAX) item.fail("must be in range 0-2147483647");
  });
}

void check_block_io(const json::Node& hc) {
  const auto each = [&](const char* field, const auto& check) {
    hc[field].each_item([&](json::Node item) {
      if (item["Path"].str().empty()) item["Path"].fail("must not be empty");
      check(item);
    });
  };
  each("BlkioWeightDevice", [](const json::Node& item) {
    const std::int64_t weight = item["Weight"].i64();
    if (weight != 0 && (weight < kLeastWeight || weight > kMostWeight))
      item["Weight"].fail("must be from 10 to 1000");
  });
  for (const char* field :
       {"BlkioDeviceReadBps", "BlkioDeviceWriteBps", "BlkioDeviceReadIOps", "BlkioDeviceWriteIOps"})
    each(field, [](const json::Node& item) {
      if (item["Rate"].i64() < 0) item["Rate"].fail("must not be negative");
    });
}

void check_annotations(const json::Node& hc) {
  if (hc["Annotations"].string_map().count(""))
    invalid("invalid Annotations: the empty string is not permitted as an annotation key");
}

void check_modes(const json::Node& hc) {
  const auto is_container = [](const std::string& mode) {
    return mode.starts_with("container:") && mode.size() > 10;
  };
  const std::string ipc = hc["IpcMode"].str(), pid = hc["PidMode"].str(), uts = hc["UTSMode"].str(),
                    cgroupns = hc["CgroupnsMode"].str();
  if (!is_one_of(ipc, {"", "none", "private", "shareable", "host"}) && !is_container(ipc))
    invalid("invalid IPC mode: " + ipc);
  if (!is_one_of(pid, {"", "host"}) && !is_container(pid)) invalid("invalid PID mode: " + pid);
  if (!is_one_of(uts, {"", "host"})) invalid("invalid UTS mode: " + uts);
  if (!is_one_of(cgroupns, {"", "host", "private"}))
    invalid("invalid cgroup namespace mode: " + cgroupns);
  if (const std::string mode = hc["NetworkMode"].str(); mode == "container" || mode == "container:")
    invalid("invalid network mode: invalid container format container:<name|id>");
}

void parse_port_bindings(const json::Node& node, HostConfig& out) {
  node.each_member([&](std::string_view port, json::Node bindings) {
    const auto ports = expand_port(port);
    // A key is one port; ranges are for the client to spread.
    if (ports.size() != 1 || port.find('-') != std::string_view::npos)
      invalid("invalid port specification: \"" + std::string(port) + "\"");
    auto& list = out.port_bindings[ports.front()];
    bindings.each_item([&](json::Node b) {
      PortBinding binding{b["HostIp"].str(), b["HostPort"].str()};
      if (!binding.host_port.empty()) {
        const auto ends = text::split(binding.host_port, '-');
        std::int64_t least = 0;
        for (const std::string& end : ends) {
          const auto number = text::to_int(end);
          if (!number || *number < least || *number > 65535 || ends.size() > 2)
            invalid("invalid port specification: \"" + binding.host_port + "\"");
          least = *number;
        }
      }
      list.push_back(std::move(binding));
    });
  });
}

void write_console_size(const json::Node& node, json::Writer& out) {
  out.key("ConsoleSize").begin_array();
  if (node && node.size() != 2) node.fail("must hold height and width");
  for (size_t i = 0; i < 2; ++i) {
    const std::int64_t value = node ? node.at(i).i64() : 0;
    if (value < 0 || value > 65535) node.fail("is out of range");
    out.i64(value);
  }
  out.end_array();
}

/// With `label=disable` where dockerd adds it: nothing there is to be confined by labels.
bool write_security_options(const json::Node& hc, bool privileged, json::Writer& out) {
  auto options = hc["SecurityOpt"].strings();
  if (!privileged && hc["PidMode"].str() != "host" && hc["IpcMode"].str() != "host") return false;
  for (const std::string& option : options)
    if (option.starts_with("label=") || option == "label") return false;
  options.push_back("label=disable");
  out.field("SecurityOpt", options);
  return true;
}

/// Without those of interfaces, which are the endpoints'. False: there are none.
bool write_container_sysctls(const json::Node& sent, json::Writer& out) {
  auto sysctls = sent.string_map();
  if (std::erase_if(sysctls, [](const auto& one) { return names_interface(one.first); }) == 0)
    return false;
  if (!sysctls.empty()) out.key("Sysctls").string_map(sysctls);
  return true;
}

std::string default_cgroupns_mode(bool privileged, int api_minor, const CreateDefaults& defaults) {
  if (defaults.cgroupns_mode.empty()) return defaults.cgroup_v2 ? "private" : "host";
  // As dockerd with cgroups v1: a privileged container works with the host's, and old clients know
  // nothing else.
  if (!defaults.cgroup_v2 && (privileged || api_minor < 41)) return "host";
  return defaults.cgroupns_mode;
}

/// One field whose echo differs from what was sent; false: copied as sent.
bool write_normalised(const Field& field, const json::Node& hc, const HostConfig& parsed,
                      int api_minor, const CreateDefaults& defaults, json::Writer& out) {
  const std::string_view name = field.name;
  const bool privileged = parsed.privileged;
  if (name == "NetworkMode") {
    out.field(name, parsed.network_mode);
  } else if (name == "LogConfig") {
    out.key(name).begin_object().field("Type", parsed.log_type);
    out.field("Config", parsed.log_options).end_object();
  } else if (name == "RestartPolicy") {
    out.key(name).begin_object().field("Name", parsed.restart_policy.name);
    out.field("MaximumRetryCount", parsed.restart_policy.maximum_retry_count).end_object();
  } else if (name == "ConsoleSize") {
    write_console_size(hc[name], out);
  } else if (name == "CgroupnsMode" && hc[name].str().empty()) {
    out.field(name, default_cgroupns_mode(privileged, api_minor, defaults));
  } else if (name == "IpcMode" && hc[name].str().empty()) {
    out.field(name, api_minor < 40 ? "shareable" : defaults.ipc_mode);
  } else if (name == "ShmSize" && hc[name].i64() == 0) {
    out.field(name, defaults.shm_size);
  } else if (name == "Runtime" && hc[name].str().empty()) {
    out.field(name, defaults.runtime_name);
  } else if (name == "MemorySwap" && hc["Memory"].i64() > 0 && hc[name].i64() == 0) {
    out.field(name, hc["Memory"].i64() * 2);
  } else if (name == "MemorySwappiness" && hc[name].i64(-1) == -1) {
    out.key(name).null();
  } else if (name == "OomKillDisable") {
    if (defaults.cgroup_v2)
      out.key(name).null();
    else
      out.field(name, hc[name].boolean());
  } else if (name == "PidsLimit" && hc[name].i64() <= 0) {
    out.key(name).null();
  } else if (name == "Sysctls" && has_own_interfaces(parsed.network_mode)) {
    return write_container_sysctls(hc[name], out);
  } else if (name == "SecurityOpt") {
    return write_security_options(hc, privileged, out);
  } else if (name == "MaskedPaths" && !hc[name]) {
    privileged ? out.key(name).null() : out.field(name, default_masked_paths());
  } else if (name == "ReadonlyPaths" && !hc[name]) {
    privileged ? out.key(name).null() : out.field(name, default_readonly_paths());
  } else {
    return false;
  }
  return true;
}

}  // namespace

RestartPolicy parse_restart_policy(const json::Node& node) {
  RestartPolicy policy;
  if (!node) return policy;
  policy.name = node["Name"].str();
  policy.maximum_retry_count = node["MaximumRetryCount"].i64();
  if (!is_one_of(policy.name, {"", "no", "always", "on-failure", "unless-stopped"}))
    invalid("invalid restart policy: unknown policy '" + policy.name +
            "'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'");
  if (policy.name == "on-failure") {
    if (policy.maximum_retry_count < 0)
      invalid("invalid restart policy: maximum retry count cannot be negative");
  } else if (policy.maximum_retry_count != 0) {
    invalid(std::string("invalid restart policy: maximum retry count can only be used with "
                        "'on-failure'") +
            (policy.maximum_retry_count < 0 ? " and cannot be negative" : ""));
  }
  if (policy.name.empty()) policy.name = "no";
  return policy;
}

void check_resources(const json::Node& request, ResourceCheck check) {
  check_memory(request, check);
  check_cpu(request);
}

const std::vector<std::string>& default_masked_paths() {
  static const std::vector<std::string> paths = {
      "/proc/asound",     "/proc/acpi",        "/proc/interrupts",
      "/proc/kcore",      "/proc/keys",        "/proc/latency_stats",
      "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug",
      "/proc/scsi",       "/sys/firmware",     "/sys/devices/virtual/powercap"};
  return paths;
}

const std::vector<std::string>& default_readonly_paths() {
  static const std::vector<std::string> paths = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
                                                 "/proc/sysrq-trigger"};
  return paths;
}

HostConfig parse_host_config(const json::Node& hc, int api_minor, const CreateDefaults& defaults) {
  HostConfig parsed;
  const std::string mode = hc["NetworkMode"].str();
  parsed.network_mode = mode.empty() || mode == "default" ? "bridge" : mode;
  parsed.auto_remove = hc["AutoRemove"].boolean();
  parsed.publish_all = hc["PublishAllPorts"].boolean();
  parsed.privileged = hc["Privileged"].boolean();
  parsed.binds = hc["Binds"].strings();
  parsed.links = hc["Links"].strings();
  parsed.volumes_from = hc["VolumesFrom"].strings();
  check_resources(hc, ResourceCheck::create);
  check_capabilities(hc);
  check_device_rules(hc);
  check_groups(hc);
  check_block_io(hc);
  check_ulimits(hc);
  check_dns(hc);
  check_annotations(hc);
  check_modes(hc);
  parsed.restart_policy = parse_restart_policy(hc["RestartPolicy"]);
  if (parsed.auto_remove && parsed.restart_policy.name != "no")
    invalid("can't create 'AutoRemove' container with restart policy");
  parse_port_bindings(hc["PortBindings"], parsed);
  parse_log_config(hc["LogConfig"], defaults.log, parsed);
  if (const std::string runtime = hc["Runtime"].str();
      !runtime.empty() && runtime != defaults.runtime_name && runtime != kContainerdRuntime)
    invalid("unknown or invalid runtime name: " + runtime);

  json::Writer out;
  out.begin_object();
  copy_fields(hc, host_config_fields::kHostConfig, out, [&](const Field& field, json::Writer& w) {
    return write_normalised(field, hc, parsed, api_minor, defaults, w);
  });
  out.end_object();
  parsed.json = out.take();
  return parsed;
}

}  // namespace gantry::domain
