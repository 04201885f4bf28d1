// POST /containers/create as data: parsing with Docker's validation messages (behaviours.md 5.2
// to 5.5), Docker's defaults, the merge with the image, and the JSON that inspect shows. Pure; any
// thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/domain/container.hpp"
#include "core/domain/log_config.hpp"

namespace gantry::domain {

struct CreateRequest {
  Config config;
  HostConfig host_config;
  std::map<std::string, Endpoint> endpoints;
  std::vector<MountPoint> mounts;         // from Binds, Mounts (not image volumes, not VolumesFrom)
  std::vector<MountPoint> engine_mounts;  // the engine's own sources: not the client's to choose
  std::vector<std::string> warnings;
  std::string id;             // the engine's choice; empty: one is made
  bool image_volumes = true;  // false: the image's volumes are directories like others
};

/// Docker's other name of the default runtime.
constexpr const char* kContainerdRuntime = "io.containerd.runc.v2";

struct CreateDefaults {
  bool cgroup_v2 = false;  // CgroupnsMode default, OomKillDisable echo
  std::string runtime_name = "runc";
  std::int64_t shm_size = 64 << 20;
  std::string cgroupns_mode{};  // empty: by cgroup_v2
  std::string ipc_mode = "private";
  LogDefaults log;
};

/// Throws Error{invalid} with Docker's text. `api_minor`: request version for the gates of 5.4.
CreateRequest parse_create_request(const json::Node& body, int api_minor,
                                   const CreateDefaults& defaults);

/// The image's Config (JSON of the image config's "config" object) merged under the client's (5.8).
/// Throws Error{invalid} "no command specified" when no command results.
void merge_image_config(Config& config, const json::Node& image_config);

/// Inspect's "Config" object.
std::string to_json(const Config& config);
/// argv of the first process after the merge: entrypoint + cmd.
std::vector<std::string> command_line(const Config& config);

/// One value of EndpointsConfig, or the EndpointConfig of a network connect; may be missing.
Endpoint parse_endpoint(const std::string& network, const json::Node& node, int api_minor);

/// "80", "80/udp", "8000-8010/tcp" → ("8000/tcp", …); throws Error{invalid} `invalid port
/// specification: "x"`.
std::vector<std::string> expand_port(std::string_view spec);

/// "SIGTERM", "TERM", "15", "RTMIN+3" → number; nullopt when unknown.
std::optional<int> parse_signal(std::string_view s);

/// Parses Docker's detach keys ("ctrl-p,ctrl-q", "a", "ctrl-[") to key bytes; nullopt when invalid.
std::optional<std::string> parse_detach_keys(std::string_view keys);

/// Throws Error{invalid} `Invalid container name (X), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`;
/// returns the name without its leading slash.
std::string check_container_name(std::string_view name);

}  // namespace gantry::domain
