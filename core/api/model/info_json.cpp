#include <algorithm>

#include "core/api/model/system_json.hpp"
#include "core/domain/container_request.hpp"
#include "core/json/writer.hpp"

namespace gantry::api {
namespace {

using services::EngineFacts;
using services::EngineState;
using services::HostFacts;

constexpr const char* kIndexServer = "https://index.docker.io/v1/";
constexpr const char* kDockerHub = "docker.io";

/// A proxy URL without its password: /info is read by everyone who may talk to the socket.
std::string without_login(const std::string& url) {
  const size_t scheme = url.find("://");
  const size_t begin = scheme == std::string::npos ? 0 : scheme + 3;
  const size_t at = url.find('@', begin);
  return at == std::string::npos ? url : url.substr(0, begin) + "xxxxx:xxxxx" + url.substr(at);
}

void write_counts(json::Writer& w, const EngineState& s) {
  w.field("ID", s.id)
      .field("Containers", s.running + s.paused + s.stopped)
      .field("ContainersRunning", s.running)
      .field("ContainersPaused", s.paused)
      .field("ContainersStopped", s.stopped)
      .field("Images", s.images)
      .field("Driver", s.host.storage_driver);
  w.key("DriverStatus").begin_array();
  for (const auto& [key, value] : s.host.storage_status) w.strings({key, value});
  w.end_array();
}

void write_plugins(json::Writer& w, const EngineState& s) {
  w.key("Plugins").begin_object().field("Volume", s.volume_drivers);
  w.key("Network").strings({"bridge", "host", "ipvlan", "macvlan", "null"});
  w.key("Authorization").null();
  w.field("Log", s.log_drivers);
  w.end_object();
}

void write_host(json::Writer& w, const EngineState& s, const std::string& log_driver) {
  const HostFacts& h = s.host;
  w.field("MemoryLimit", h.memory_limit)
      .field("SwapLimit", h.swap_limit)
      .field("CpuCfsPeriod", h.cpu_cfs_period)
      .field("CpuCfsQuota", h.cpu_cfs_quota)
      .field("CPUShares", h.cpu_shares)
      .field("CPUSet", h.cpuset)
      .field("PidsLimit", h.pids_limit)
      .field("IPv4Forwarding", h.ipv4_forwarding)
      .field("Debug", s.debug)
      .field("NFd", s.open_files)
      .field("OomKillDisable", h.oom_kill_disable)
      .field("NGoroutines", s.threads)
      .field("SystemTime", rfc3339_nano(s.now))
      .field("LoggingDriver", log_driver)
      .field("CgroupDriver", h.cgroup_driver)
      .field("CgroupVersion", h.cgroup_version)
      .field("NEventsListener", s.listeners)
      .field("KernelVersion", h.kernel)
      .field("OperatingSystem", h.operating_system)
      .field("OSVersion", h.os_version)
      .field("OSType", "linux")
      .field("Architecture", h.architecture);
}

// With the slash that Docker puts behind them.
std::vector<std::string> mirrors_of(const EngineFacts& facts, const std::string& registry) {
  std::vector<std::string> mirrors;
  if (const auto found = facts.registry_mirrors.find(registry);
      found != facts.registry_mirrors.end())
    mirrors = found->second;
  for (std::string& url : mirrors)
    if (!url.ends_with('/')) url += '/';
  return mirrors;
}

void write_index(json::Writer& w, const EngineFacts& facts, const std::string& name, bool secure) {
  w.key(name).begin_object().field("Name", name).field("Mirrors", mirrors_of(facts, name));
  w.field("Secure", secure).field("Official", name == kDockerHub).end_object();
}

void write_registries(json::Writer& w, const EngineFacts& facts, int api_minor) {
  const auto is_cidr = [](const std::string& entry) {
    return entry.find('/') != std::string::npos;
  };
  w.field("IndexServerAddress", kIndexServer);
  std::vector<std::string> cidrs = {"::1/128", "127.0.0.0/8"};
  std::copy_if(facts.insecure_registries.begin(), facts.insecure_registries.end(),
               std::back_inserter(cidrs), is_cidr);
  w.key("RegistryConfig").begin_object().field("InsecureRegistryCIDRs", cidrs);
  w.key("IndexConfigs").begin_object();
  write_index(w, facts, kDockerHub, true);
  const auto& insecure = facts.insecure_registries;
  for (const std::string& entry : insecure)
    if (!is_cidr(entry)) write_index(w, facts, entry, false);
  for (const auto& [name, urls] : facts.registry_mirrors)
    if (name != kDockerHub && std::find(insecure.begin(), insecure.end(), name) == insecure.end())
      write_index(w, facts, name, true);
  w.end_object();
  if (const auto mirrors = mirrors_of(facts, kDockerHub); mirrors.empty())
    w.key("Mirrors").null();
  else
    w.field("Mirrors", mirrors);
  if (api_minor < 47) {
    w.key("AllowNondistributableArtifactsCIDRs").null();
    w.key("AllowNondistributableArtifactsHostnames").null();
  }
  w.end_object();
}

void write_commit(json::Writer& w, const char* name, const std::string& id, int api_minor) {
  w.key(name).begin_object().field("ID", id);
  if (api_minor < 49) w.field("Expected", id);
  w.end_object();
}

void write_runtimes(json::Writer& w, const HostFacts& h) {
  w.key("Runtimes").begin_object();
  for (const std::string& name : {std::string(domain::kContainerdRuntime), h.runtime_name})
    w.key(name).begin_object().field("path", h.runtime_path).end_object();
  w.end_object().field("DefaultRuntime", h.runtime_name);
  w.key("Swarm")
      .begin_object()
      .field("NodeID", "")
      .field("NodeAddr", "")
      .field("LocalNodeState", "inactive")
      .field("ControlAvailable", false)
      .field("Error", "");
  w.key("RemoteManagers").null();
  w.end_object();
}

void write_devices(json::Writer& w, const EngineFacts& facts, const EngineState& s, int api_minor) {
  if (api_minor >= 44) w.field("CDISpecDirs", facts.cdi_directories);
  if (api_minor < 50 || s.cdi_devices.empty()) return;
  w.key("DiscoveredDevices").begin_array();
  for (const std::string& name : s.cdi_devices)
    w.begin_object().field("Source", "cdi").field("ID", name).end_object();
  w.end_array();
}

}  // namespace

std::string info_json(const EngineFacts& facts, const EngineState& s, int api_minor) {
  json::Writer w;
  w.begin_object();
  write_counts(w, s);
  write_plugins(w, s);
  write_host(w, s, facts.log_driver);
  if (api_minor < 50) w.field("BridgeNfIptables", false).field("BridgeNfIp6tables", false);
  write_registries(w, facts, api_minor);
  w.field("NCPU", s.host.cpus).field("MemTotal", s.host.memory_bytes);
  w.key("GenericResources").null();
  w.field("DockerRootDir", facts.root)
      .field("HttpProxy", without_login(facts.http_proxy))
      .field("HttpsProxy", without_login(facts.https_proxy))
      .field("NoProxy", facts.no_proxy)
      .field("Name", s.hostname);
  w.field("Labels", facts.labels);
  w.field("ExperimentalBuild", false).field("ServerVersion", facts.version);
  write_runtimes(w, s.host);
  // Containers live on in their supervisors while the daemon is away.
  w.field("LiveRestoreEnabled", true).field("Isolation", "").field("InitBinary", "docker-init");
  write_commit(w, "ContainerdCommit", "", api_minor);
  write_commit(w, "RuncCommit", s.host.runtime_version, api_minor);
  write_commit(w, "InitCommit", "", api_minor);
  w.field("SecurityOptions", s.host.security_options);
  if (!facts.address_pools.empty()) {
    w.key("DefaultAddressPools").begin_array();
    for (const auto& [base, size] : facts.address_pools)
      w.begin_object().field("Base", base).field("Size", size).end_object();
    w.end_array();
  }
  if (api_minor >= 49 && !s.host.firewall.empty())
    w.key("FirewallBackend").begin_object().field("Driver", s.host.firewall).end_object();
  write_devices(w, facts, s, api_minor);
  w.key("Warnings");
  if (s.warnings.empty())
    w.null();
  else
    w.strings(s.warnings);
  w.end_object();
  return w.take();
}

}  // namespace gantry::api
