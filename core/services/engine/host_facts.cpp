#include "core/services/engine/host_facts.hpp"

#include "core/json/reader.hpp"

namespace gantry::services {
namespace {

/// Versions come as numbers from some runtimes.
std::string text_of(const json::Node& node) {
  return node.is_number() ? std::to_string(node.i64()) : node.str();
}

}  // namespace

std::string HostFacts::go_architecture() const {
  if (architecture == "x86_64") return "amd64";
  if (architecture == "aarch64") return "arm64";
  if (architecture.starts_with("armv")) return "arm";
  if (architecture == "i686" || architecture == "i386") return "386";
  return architecture;
}

HostFacts parse_host_facts(std::string info_document) {
  const json::Document document = json::Document::parse(std::move(info_document));
  const json::Node node = document.root();
  HostFacts f;
  f.runtime_name = node["name"].str();
  f.runtime_version = node["version"].str();
  f.runtime_path = node["path"].str();
  f.cgroup_driver = node["cgroup_driver"].str();
  f.cgroup_version = text_of(node["cgroup_version"]);
  f.kernel = node["kernel"].str();
  f.operating_system = node["operating_system"].str();
  f.os_version = node["os_version"].str();
  f.architecture = node["architecture"].str();
  f.init_binary = node["init"].str();
  f.apparmor_profile = node["apparmor_profile"].str();
  f.firewall = node["firewall"].str();
  f.memory_nodes = node["memory_nodes"].str();
  f.storage_driver = node["storage_driver"].str(f.storage_driver);
  node["storage_status"].each_item(
      [&](json::Node pair) { f.storage_status.emplace_back(pair.at(0).str(), pair.at(1).str()); });
  f.cpus = node["cpus"].i64();
  f.memory_bytes = node["memory_bytes"].i64();
  f.security_options = node["security_options"].strings();
  f.warnings = node["warnings"].strings();
  const json::Node features = node["features"];
  f.memory_limit = features["memory_limit"].boolean();
  f.swap_limit = features["swap_limit"].boolean();
  f.cpu_shares = features["cpu_shares"].boolean();
  f.cpu_cfs_period = features["cpu_cfs_period"].boolean();
  f.cpu_cfs_quota = features["cpu_cfs_quota"].boolean();
  f.cpuset = features["cpuset"].boolean();
  f.pids_limit = features["pids_limit"].boolean();
  f.oom_kill_disable = features["oom_kill_disable"].boolean();
  f.ipv4_forwarding = features["ipv4_forwarding"].boolean();
  f.recursive_read_only = features["recursive_read_only"].boolean();
  f.mount_subpath = features["mount_subpath"].boolean();
  f.image_mounts = features["image_mounts"].boolean();
  f.open_ports = features["open_ports"].boolean();
  f.root_size = features["root_size"].boolean();
  return f;
}

}  // namespace gantry::services
