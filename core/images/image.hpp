// What the engine knows of one image. Plain values; the store hands out shared immutable snapshots,
// a retag makes a new one. Sizes in bytes.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/time.hpp"

namespace gantry::images {

struct Platform {
  std::string os = "linux";
  std::string architecture;  // Go's names: amd64, arm64, arm
  std::string variant;       // "v7", often empty
  std::string os_version;
  bool operator==(const Platform&) const = default;
  /// "linux/arm/v7"
  std::string str() const;
};

/// One content-addressed blob as manifests name it.
struct Descriptor {
  std::string media_type;
  std::string digest;  // "sha256:…"
  std::uint64_t size = 0;
};

struct ImageLayer {
  Descriptor blob;       // compressed, or plain for `docker save` archives of old daemons
  std::string diff_id;   // digest of the plain tar
  std::string chain_id;  // name of the unpacked layer at the runtime
  std::uint64_t unpacked_size = 0;  // as the runtime reported it
};

/// The image's part of a container's configuration (`config` of the image config), as far as create
/// merges it (behaviours.md 5.8). Optional: absent or null in the image. Healthcheck keeps its JSON
/// text.
struct ImageDefaults {
  std::optional<std::vector<std::string>> cmd;
  std::optional<std::vector<std::string>> entrypoint;
  std::vector<std::string> env;  // "K=V" in the image's order
  std::string working_dir;
  std::string user;
  std::map<std::string, std::string> labels;
  std::vector<std::string> exposed_ports;  // "80/tcp"
  std::vector<std::string> volumes;        // "/data"
  std::string stop_signal;
  std::optional<std::string> healthcheck_json;
  std::vector<std::string> shell;
  std::vector<std::string> on_build;
  bool args_escaped = false;
};

/// What a record is to BuildKit's builds. To Docker their results have no parents, and their steps
/// are no images but build cache.
enum class BuildKitRole { none, step, result };

struct ImageRecord {
  std::string id;       // "sha256:…", digest of the config blob
  Descriptor manifest;  // a manifest that lists exactly these layers; its blob is in the store
  Descriptor config;
  std::vector<ImageLayer> layers;  // lowest first
  ImageDefaults defaults;
  Platform platform;
  UnixNanos created = 0;        // 0: not said by the config
  UnixNanos last_tag_time = 0;  // 0: never tagged here
  std::string comment, author, docker_version;
  std::string parent;    // id of the image it was made from here; empty: none, or not made here
  std::string built_by;  // identifies the build step that made it; empty: made by no build
  BuildKitRole buildkit = BuildKitRole::none;
  std::vector<std::string> repo_tags;     // familiar: "busybox:latest", sorted by the full name
  std::vector<std::string> repo_digests;  // familiar: "busybox@sha256:…", sorted

  /// The chain id the container's root stands on; empty for an image without layers.
  std::string top_chain_id() const {
    return layers.empty() ? std::string() : layers.back().chain_id;
  }
  /// What the API calls Size.
  std::uint64_t unpacked_size() const;
  bool is_step() const { return buildkit == BuildKitRole::step; }
  bool dangling() const { return repo_tags.empty() && repo_digests.empty(); }
};

/// One container that stands on an image: what delete conflicts and list counts need to know.
struct ImageUse {
  std::string container_id;
  std::string name;
  bool running = false;
};

}  // namespace gantry::images
