// gantry.toml: what the engine is told, with a default for everything. load() reads, checks and
// merges; the result is a plain value: any thread may read it.
//
// Precedence, lowest first: defaults, the file, the environment, the command line. A file with
// faults is refused as a whole with Error{invalid} whose message lists every fault, one per line:
//   /etc/gantry/gantry.toml:7:1: unknown key "daemon.hots" (did you mean "hosts"?)
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/log.hpp"

namespace gantry::config {

namespace fs = std::filesystem;

struct Daemon {
  std::vector<std::string> hosts;  // "unix:///abs/path", "tcp://host:port"; at least one
  /// True when neither file nor command line named hosts: then `hosts` holds <run_dir>/docker.sock.
  bool default_hosts = true;
  /// Docker's own address, to listen on as well where nothing live is there
  /// ("unix:///var/run/docker.sock"); empty unless default_hosts and run_dir are both the defaults.
  /// Failing to take it is no error.
  std::string docker_host;
  fs::path root;      // what must survive a reboot; absolute
  fs::path run_dir;   // sockets and what need not; absolute, short (sun_path holds 107 bytes)
  std::string group;  // group of the sockets (0660); empty: 0600, the user's own
  log::Level log_level = log::Level::info;
  log::Format log_format = log::Format::text;
  std::vector<std::string> insecure_registries;  // "host", "host:port" or CIDR: plain HTTP is tried
  /// Of a registry ("docker.io"), the URLs of mirrors that are asked before it.
  std::map<std::string, std::vector<std::string>> registry_mirrors;
  fs::path registry_certs;  // a directory for each registry with its CAs and client certificates
  /// URLs of the proxies to the world outside, and the hosts that are reached without
  /// ("a,.b,10.0.0.0/8").
  std::string http_proxy, https_proxy, no_proxy;
  /// PEM files for tcp:// hosts; empty: none. The CA is the clients'.
  fs::path tls_ca, tls_cert, tls_key;
  /// Whether tcp:// is for everybody who reaches it, or for those only whom tls_ca vouches for.
  bool any_tcp_client = false;
  /// Host paths that containers may bind although they are sensitive ("/", "/etc", …); what lies
  /// beneath a listed path is allowed with it, so "/" allows everything.
  std::vector<std::string> allow_host_binds;
  std::vector<std::string> labels;  // of the engine, for `docker info`: "key=value", each key once
  unsigned max_concurrent_downloads = 3, max_concurrent_uploads = 5;  // layers of one pull or push
  unsigned max_download_attempts = 5;

  /// The first unix:// host; throws Error{invalid} when there is none.
  const std::string& local_host() const;
};

struct AddressPool {
  std::string base;    // "172.20.0.0/14", "fd00:17::/48"
  unsigned size = 16;  // prefix length of the subnets cut from it
};

struct Runtime {
  std::string plugin;  // plugin id: "runtime-oci"
};

struct Network {
  std::string plugin;   // name service: "net-hosts", "net-dns"
  std::string bridge;   // interface of the default network: "gantry0"
  std::string subnet;   // of the default network; empty: the first free one of the pools
  std::string subnet6;  // the same for IPv6; empty: it has none; "auto": one is chosen
  unsigned mtu = 1500;  // of the default network
  /// Of the driver bridge, for the default network and where the client of a new one sets none.
  std::map<std::string, std::string> options;
  /// On top of them, for the default network alone.
  std::map<std::string, std::string> bridge_options;
  /// What "host-gateway" means in a container's extra hosts; empty: the default network's gateway.
  std::vector<std::string> host_gateway_ips;
  std::vector<AddressPool> pools;  // where subnets are taken when the client names none
};

struct Ulimit {
  std::int64_t soft = 0, hard = 0;  // -1: unlimited
};

/// What containers get where their client does not say.
struct Containers {
  bool init = false, no_new_privileges = false;
  std::map<std::string, Ulimit> ulimits;  // "nofile" → …
  std::uint64_t shm_size = 64u << 20;     // bytes
  std::string cgroup_parent;              // a path or the name of a slice; empty: the engine's own
  std::string cgroupns_mode;              // "private", "host"; empty: as fits the host's cgroups
  std::string ipc_mode = "private";       // or "shareable"
  std::vector<std::string> dns, dns_options, dns_search;  // empty: the host's
  std::string seccomp_profile;  // path of a profile, "unconfined"; empty: the built-in one
};

struct Volume {
  std::vector<std::string> plugins;  // ids: "volume-local"
};

struct Logging {
  std::string driver;                          // of containers that name none: "json-file"
  std::map<std::string, std::string> options;  // theirs, where they do not set them
  std::vector<std::string> plugins;            // ids of log drivers: "log-syslog"
};

struct Devices {
  /// Where the specifications of CDI devices are, later ones win; none: containers get no such
  /// devices.
  std::vector<std::string> cdi_dirs;
};

struct Plugins {
  std::vector<fs::path> directories;            // [plugin] directories; searched in order
  std::map<std::string, std::string> settings;  // [plugins."id"] as JSON objects
};

struct Config {
  Daemon daemon;
  Runtime runtime;
  Network network;
  Containers containers;
  Volume volume;
  Logging logging;
  Devices devices;
  Plugins plugins;
  fs::path file;  // the file that was read; empty: none
  /// "daemon.root" → "default", "<file>:<line>:<column>", "environment GANTRY_STATE_DIR", "command
  /// line".
  std::map<std::string, std::string> origins;
};

/// Everything load() takes from outside, so that tests can give their own.
struct Sources {
  std::optional<fs::path>
      file;  // --config; it must exist. Otherwise the default file, if it is there
  std::vector<std::string> hosts;  // -H
  /// getenv; unset variables are nullopt.
  std::function<std::optional<std::string>(const std::string&)> environment;
  uid_t uid = 0;
  std::vector<fs::path>
      plugin_directories;  // default of [plugin] directories (installed or build tree)
};

/// This process: real environment, effective uid, plugin directories beside the executable.
Sources process_sources();

/// Throws Error{invalid} with all faults, Error{not_found} when `file` is missing.
Config load(const Sources& sources);

/// The effective configuration as TOML that load() takes back; the origin of each value is a
/// comment.
std::string to_toml(const Config& config);

}  // namespace gantry::config
