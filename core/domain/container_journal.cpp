// The journal form of a container: lossless both ways. Unknown members are ignored, missing ones
// read as defaults, so that an older daemon's records stay readable.

#include "core/domain/container.hpp"
#include "core/domain/container_config.hpp"
#include "core/domain/container_request.hpp"
#include "core/json/writer.hpp"

namespace gantry::domain {

namespace {

constexpr int kConfigForm = 51;  // of the API version in whose form the journal has configurations

void write_optional(json::Writer& w, const char* key,
                    const std::optional<std::vector<std::string>>& v) {
  if (v) w.field(key, *v);
}

std::optional<std::vector<std::string>> read_optional(const json::Node& node) {
  if (!node) return std::nullopt;
  return node.strings();
}

void write(json::Writer& w, const Endpoint& e) {
  w.begin_object();
  w.field("network", e.network).field("ipv4", e.ipv4_address).field("ipv6", e.ipv6_address);
  w.field("has_ipam", e.has_ipam_config).field("link_local", e.link_local_ips);
  write_optional(w, "links", e.links);
  write_optional(w, "aliases", e.aliases);
  if (e.driver_opts) w.field("driver_opts", *e.driver_opts);
  w.field("requested_mac", e.requested_mac).field("gw_priority", e.gw_priority);
  w.field("network_id", e.network_id).field("endpoint_id", e.endpoint_id);
  w.field("gateway", e.gateway).field("ip", e.ip_address).field("mac", e.mac_address);
  w.field("prefix", e.ip_prefix_len).field("interface", e.interface_name);
  w.field("leads_out_itself", e.leads_out_itself).field("on_bridge", e.on_bridge);
  if (!e.ip6_address.empty())
    w.field("gateway6", e.gateway6).field("ip6", e.ip6_address).field("prefix6", e.ip6_prefix_len);
  write_optional(w, "dns_names", e.dns_names);
  w.end_object();
}

Endpoint read_endpoint(const json::Node& n) {
  Endpoint e;
  e.network = n["network"].str();
  e.ipv4_address = n["ipv4"].str();
  e.ipv6_address = n["ipv6"].str();
  e.has_ipam_config = n["has_ipam"].boolean();
  e.link_local_ips = n["link_local"].strings();
  e.links = read_optional(n["links"]);
  e.aliases = read_optional(n["aliases"]);
  if (n["driver_opts"]) e.driver_opts = n["driver_opts"].string_map();
  e.requested_mac = n["requested_mac"].str();
  e.gw_priority = n["gw_priority"].i64();
  e.network_id = n["network_id"].str();
  e.endpoint_id = n["endpoint_id"].str();
  e.gateway = n["gateway"].str();
  e.ip_address = n["ip"].str();
  e.mac_address = n["mac"].str();
  e.interface_name = n["interface"].str();
  e.leads_out_itself = n["leads_out_itself"].boolean();
  e.on_bridge = n["on_bridge"].boolean(true);
  e.ip_prefix_len = static_cast<int>(n["prefix"].i64());
  e.gateway6 = n["gateway6"].str();
  e.ip6_address = n["ip6"].str();
  e.ip6_prefix_len = static_cast<int>(n["prefix6"].i64());
  e.dns_names = read_optional(n["dns_names"]);
  return e;
}

void write(json::Writer& w, const MountPoint& m) {
  w.begin_object();
  w.field("type", m.type).field("name", m.name).field("source", m.source);
  w.field("destination", m.destination).field("driver", m.driver).field("mode", m.mode);
  w.field("rw", m.read_write).field("propagation", m.propagation);
  w.field("anonymous", m.anonymous).field("no_copy", m.no_copy);
  w.field("create_source", m.create_source).field("non_recursive", m.non_recursive);
  w.field("ro_force_recursive", m.read_only_force_recursive).field("subpath", m.subpath);
  w.field("ro_non_recursive", m.read_only_non_recursive);
  w.field("engine_source", m.engine_source).field("image_root", m.image_root);
  w.field("tmpfs_options", m.tmpfs_options).field("from_mounts", m.from_mounts);
  w.end_object();
}

MountPoint read_mount(const json::Node& n) {
  MountPoint m;
  m.type = n["type"].str();
  m.name = n["name"].str();
  m.source = n["source"].str();
  m.destination = n["destination"].str();
  m.driver = n["driver"].str();
  m.mode = n["mode"].str();
  m.read_write = n["rw"].boolean();
  m.propagation = n["propagation"].str();
  m.anonymous = n["anonymous"].boolean();
  m.no_copy = n["no_copy"].boolean();
  m.create_source = n["create_source"].boolean();
  m.non_recursive = n["non_recursive"].boolean();
  m.read_only_force_recursive = n["ro_force_recursive"].boolean();
  m.read_only_non_recursive = n["ro_non_recursive"].boolean();
  m.engine_source = n["engine_source"].boolean();
  m.image_root = n["image_root"].str();
  m.subpath = n["subpath"].str();
  m.tmpfs_options = n["tmpfs_options"].str();
  m.from_mounts = n["from_mounts"].boolean();
  return m;
}

void write(json::Writer& w, const Health& health) {
  w.begin_object().field("status", health.status).field("streak", health.failing_streak);
  w.key("log").begin_array();
  for (const HealthResult& r : health.log)
    w.begin_object()
        .field("start", r.start)
        .field("end", r.end)
        .field("exit_code", r.exit_code)
        .field("output", r.output)
        .end_object();
  w.end_array().end_object();
}

Health read_health(const json::Node& n) {
  Health health;
  health.status = n["status"].str();
  health.failing_streak = static_cast<int>(n["streak"].i64());
  n["log"].each_item([&](json::Node r) {
    health.log.push_back({r["start"].i64(), r["end"].i64(), static_cast<int>(r["exit_code"].i64()),
                          r["output"].str()});
  });
  return health;
}

void write(json::Writer& w, const State& s) {
  w.begin_object();
  w.field("status", to_string(s.status)).field("paused", s.paused);
  w.field("restarting", s.restarting).field("oom", s.oom_killed).field("dead", s.dead);
  w.field("pid", s.pid).field("exit_code", s.exit_code).field("error", s.error);
  w.field("started_at", s.started_at).field("finished_at", s.finished_at);
  if (s.health) {
    w.key("health");
    write(w, *s.health);
  }
  w.end_object();
}

State read_state(const json::Node& n) {
  State s;
  s.status = parse_status(n["status"].str()).value_or(Status::dead);
  s.paused = n["paused"].boolean();
  s.restarting = n["restarting"].boolean();
  s.oom_killed = n["oom"].boolean();
  s.dead = n["dead"].boolean();
  s.pid = static_cast<int>(n["pid"].i64());
  s.exit_code = static_cast<int>(n["exit_code"].i64());
  s.error = n["error"].str();
  s.started_at = n["started_at"].i64();
  s.finished_at = n["finished_at"].i64();
  if (n["health"]) s.health = read_health(n["health"]);
  return s;
}

/// HostConfig from its own echo, without the checks of a request: what was accepted stays accepted.
HostConfig read_host_config(const json::Node& n) {
  HostConfig hc;
  hc.json = n.raw();
  hc.network_mode = n["NetworkMode"].str();
  hc.restart_policy.name = n["RestartPolicy"]["Name"].str("no");
  hc.restart_policy.maximum_retry_count = n["RestartPolicy"]["MaximumRetryCount"].i64();
  hc.auto_remove = n["AutoRemove"].boolean();
  hc.publish_all = n["PublishAllPorts"].boolean();
  hc.privileged = n["Privileged"].boolean();
  hc.log_type = n["LogConfig"]["Type"].str("json-file");
  hc.log_options = n["LogConfig"]["Config"].string_map();
  hc.binds = n["Binds"].strings();
  hc.links = n["Links"].strings();
  hc.volumes_from = n["VolumesFrom"].strings();
  n["PortBindings"].each_member([&](std::string_view port, json::Node list) {
    auto& bindings = hc.port_bindings[std::string(port)];
    list.each_item([&](json::Node b) {
      bindings.push_back({b["HostIp"].str(), b["HostPort"].str()});
    });
  });
  return hc;
}

}  // namespace

std::string to_journal(const ContainerRecord& r) {
  json::Writer w;
  w.begin_object();
  w.field("id", r.id).field("name", r.name).field("created", r.created);
  w.field("image_id", r.image_id).field("chain_id", r.chain_id).field("platform", r.platform);
  w.field("path", r.path).field("args", r.args);
  w.key("config").raw(to_json(r.config));
  w.key("host_config").raw(r.host_config.json);
  w.key("endpoints").begin_object();
  for (const auto& [network, endpoint] : r.endpoints) {
    w.key(network);
    write(w, endpoint);
  }
  w.end_object().key("mounts").begin_array();
  for (const MountPoint& mount : r.mounts) write(w, mount);
  w.end_array().field("log_path", r.log_path).key("state");
  write(w, r.state);
  w.field("restart_delay_ns", r.restart_delay_ns);
  w.field("restart_count", r.restart_count).field("manually_stopped", r.manually_stopped);
  w.field("restart_cancelled", r.restart_cancelled);
  w.field("no_new_privileges", r.no_new_privileges);
  w.field("removing", r.removing)
      .field("keeps_volumes", r.keeps_volumes)
      .key("published")
      .begin_array();
  for (const PublishedPort& p : r.published)
    w.begin_object()
        .field("container_port", p.container_port)
        .field("protocol", p.protocol)
        .field("host_ip", p.host_ip)
        .field("host_port", p.host_port)
        .end_object();
  w.end_array().field("sandbox_id", r.sandbox_id).end_object();
  return w.take();
}

ContainerRecord container_from_journal(std::string_view text) {
  const auto document = json::Document::parse(std::string(text));
  const json::Node n = document.root();
  ContainerRecord r;
  r.id = n["id"].str();
  r.name = n["name"].str();
  r.created = n["created"].i64();
  r.image_id = n["image_id"].str();
  r.chain_id = n["chain_id"].str();
  r.platform = n["platform"].str("linux");
  r.path = n["path"].str();
  r.args = n["args"].strings();
  r.config = read_config(n["config"], kConfigForm);
  r.host_config = read_host_config(n["host_config"]);
  n["endpoints"].each_member([&](std::string_view network, json::Node e) {
    r.endpoints.emplace(network, read_endpoint(e));
  });
  n["mounts"].each_item([&](json::Node m) { r.mounts.push_back(read_mount(m)); });
  r.log_path = n["log_path"].str();
  r.state = read_state(n["state"]);
  r.restart_count = n["restart_count"].i64();
  r.restart_delay_ns = n["restart_delay_ns"].i64();
  r.manually_stopped = n["manually_stopped"].boolean();
  // Earlier engines knew no difference.
  r.restart_cancelled = n["restart_cancelled"].boolean(r.manually_stopped);
  r.removing = n["removing"].boolean();
  r.keeps_volumes = n["keeps_volumes"].boolean();
  r.no_new_privileges = n["no_new_privileges"].boolean();
  n["published"].each_item([&](json::Node p) {
    r.published.push_back({static_cast<int>(p["container_port"].i64()), p["protocol"].str(),
                           p["host_ip"].str(), static_cast<int>(p["host_port"].i64())});
  });
  r.sandbox_id = n["sandbox_id"].str();
  return r;
}

}  // namespace gantry::domain
