// The record of a container: what the client asked for (spec, frozen at create) and what became of
// it (state). Plain values; a record is published as shared_ptr<const ContainerRecord> and replaced
// as a whole under the container's lease, so readers never lock.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.hpp"
#include "core/json/reader.hpp"

namespace gantry::domain {

/// Docker's Config (container_config.cpp parses, merges and prints it).
struct Config {
  std::string hostname, domainname, user;
  bool attach_stdin = false, attach_stdout = false, attach_stderr = false;
  std::set<std::string> exposed_ports;  // "80/tcp"; empty: absent
  bool tty = false, open_stdin = false, stdin_once = false;
  std::vector<std::string> env;
  std::optional<std::vector<std::string>> cmd, entrypoint;
  std::string healthcheck;  // JSON object, or empty
  bool args_escaped = false;
  std::string image;  // as the client wrote it
  std::optional<std::set<std::string>> volumes;
  std::string working_dir;
  bool network_disabled = false;
  std::string mac_address;
  std::optional<std::vector<std::string>> on_build;
  std::map<std::string, std::string> labels;
  std::string stop_signal;
  std::optional<std::int64_t> stop_timeout;  // seconds
  std::vector<std::string> shell;
};

struct RestartPolicy {
  std::string name = "no";  // no, always, unless-stopped, on-failure
  std::int64_t maximum_retry_count = 0;
};

struct PortBinding {
  std::string host_ip;    // as sent, may be empty
  std::string host_port;  // as sent: "", "8080" or "8000-8010"
};

/// Docker's HostConfig: the normalised JSON with every field in Docker's order, types and defaults
/// (what inspect echoes), and the members that decisions need.
struct HostConfig {
  std::string json;
  std::string network_mode = "bridge";
  RestartPolicy restart_policy;
  bool auto_remove = false, publish_all = false, privileged = false;
  std::string log_type = "json-file";
  std::map<std::string, std::string> log_options;
  std::map<std::string, std::vector<PortBinding>> port_bindings;  // "80/tcp" → …
  std::vector<std::string> binds, links, volumes_from;

  /// A parsed view of `json` for everything else (memory, devices, …).
  json::Document document() const { return json::Document::parse(json); }
};

/// What the client asked of one network (EndpointsConfig) and what it got while running.
struct Endpoint {
  std::string network;                     // name or id as sent; the key of EndpointsConfig
  std::string ipv4_address, ipv6_address;  // static, from IPAMConfig
  bool has_ipam_config = false;
  std::vector<std::string> link_local_ips;
  std::optional<std::vector<std::string>> links, aliases;
  std::optional<std::map<std::string, std::string>> driver_opts;
  std::string requested_mac;  // as it was written
  std::int64_t gw_priority = 0;
  // operational
  std::string network_id, endpoint_id, gateway, ip_address, mac_address;
  std::string gateway6, ip6_address;
  bool leads_out_itself = false;  // the interface is a way out without any gateway
  bool on_bridge = true;          // ports can be published: its network has the driver bridge
  std::string interface_name;     // in the container: "eth0"
  int ip_prefix_len = 0, ip6_prefix_len = 0;

  /// Whether the client wants more of it than to be connected.
  bool asks_for_anything() const;
  /// "172.17.0.2/16"; empty without an address of that family.
  std::string cidr() const;
  std::string cidr6() const;
  /// It has no place on the network any more. Which network it was stays, as in Docker.
  void clear_operational();
  std::optional<std::vector<std::string>> dns_names;
};

struct MountPoint {
  std::string type;         // bind, volume, tmpfs, image
  std::string name;         // volume; image: as the client wrote it
  std::string source;       // host path; for volumes filled when mounted; image: its id
  std::string destination;  // absolute path in the container
  std::string driver;       // volume driver
  std::string mode;         // "", "z", "ro", "ro,z"
  bool read_write = true;
  std::string propagation;  // of binds; empty in a request: not asked for
  // not shown by inspect
  bool anonymous = false;      // volume made for this container: goes with rm -v and auto-remove
  bool no_copy = false;        // volume: don't fill from the image
  bool create_source = false;  // bind from HostConfig.Binds: make the host directory
  bool non_recursive = false, read_only_force_recursive = false, read_only_non_recursive = false;
  std::string subpath;         // volume, image
  std::string image_root;      // image: the root at the runtime that holds its layers
  std::string tmpfs_options;   // tmpfs: mount options "size=…,mode=…"
  bool from_mounts = false;    // sent as HostConfig.Mounts
  bool engine_source = false;  // a directory of the engine itself (a build's mount)
};

enum class Status { created, running, paused, restarting, removing, exited, dead };
std::string_view to_string(Status s);
std::optional<Status> parse_status(std::string_view s);

struct PublishedPort {
  int container_port = 0;
  std::string protocol;  // tcp, udp, sctp
  std::string host_ip;
  int host_port = 0;  // 0: reached at the container's own address, "0.0.0.0" or "::" as host_ip
};

struct HealthResult {
  UnixNanos start = 0, end = 0;
  int exit_code = 0;
  std::string output;
};

struct Health {
  std::string status;  // starting, healthy, unhealthy
  int failing_streak = 0;
  std::vector<HealthResult> log;  // last five
};

struct State {
  Status status = Status::created;
  bool paused = false, restarting = false, oom_killed = false, dead = false;
  int pid = 0;
  int exit_code = 0;
  std::string error;
  UnixNanos started_at = 0, finished_at = 0;
  std::optional<Health> health;

  bool running() const {
    return status == Status::running || status == Status::paused || status == Status::restarting;
  }
};

struct ContainerRecord {
  std::string id;    // 64 hex digits
  std::string name;  // without the leading slash
  UnixNanos created = 0;
  std::string image_id;  // "sha256:…"
  std::string chain_id;  // top layer of the image; "" for an empty image
  std::string platform = "linux";
  std::string path;  // resolved argv[0] of the first process
  std::vector<std::string> args;
  Config config;
  HostConfig host_config;
  std::map<std::string, Endpoint> endpoints;  // by network name
  std::vector<MountPoint> mounts;
  std::string log_path;
  State state;
  std::int64_t restart_count = 0;     // by its policy, since a client started it
  std::int64_t restart_delay_ns = 0;  // before the last of these
  bool manually_stopped = false;      // a client has sent it a signal since its start
  bool restart_cancelled = false;     // by a signal that means its end: no policy restarts it
  bool removing = false;
  bool keeps_volumes = false;            // while it is removed: anonymous volumes stay
  bool no_new_privileges = false;        // where SecurityOpt does not say: the engine's at create
  std::vector<PublishedPort> published;  // while running
  std::string sandbox_id;

  std::string display_name() const { return "/" + name; }
  /// Exposed and published ports are shown while its way out is a bridge.
  bool shows_ports() const;
};

/// Journal form, lossless both ways.
std::string to_journal(const ContainerRecord& record);
ContainerRecord container_from_journal(std::string_view json);

}  // namespace gantry::domain
