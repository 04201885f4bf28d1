// What the engine says about itself: /version and /info (behaviours.md 1.11, 14). Any thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/base/time.hpp"
#include "core/images/image_store.hpp"
#include "core/pluginhost/plugin_host.hpp"
#include "core/services/engine/host_facts.hpp"
#include "core/state/container_store.hpp"
#include "core/state/event_bus.hpp"
#include "core/state/journal.hpp"

namespace gantry::services {

/// What does not change while the daemon runs; filled by main.
struct EngineFacts {
  std::string version, git_commit, build_time, compiler;
  std::string root;
  std::string log_driver;           // of containers that name none
  std::vector<std::string> labels;  // "key=value"
  std::vector<std::string> insecure_registries;
  std::map<std::string, std::vector<std::string>> registry_mirrors;
  std::vector<std::pair<std::string, int>> address_pools;  // base, size; only when configured
  std::vector<std::string> cdi_directories;                // empty: no CDI
  std::string http_proxy, https_proxy, no_proxy;
  std::vector<std::string> warnings;  // of the configuration
  // What containers get by default.
  std::string seccomp_profile = "builtin";  // or "unconfined", or the path of a file
  std::string cgroupns_mode;                // empty: as fits the host's cgroups
  bool no_new_privileges = false;
};

/// The runtime's security options with what the engine's defaults make of them, in Docker's form.
std::vector<std::string> security_options(std::vector<std::string> of_runtime,
                                          const EngineFacts& facts);

struct EngineState {
  HostFacts host;
  std::string id, hostname;
  std::int64_t running = 0, paused = 0, stopped = 0, images = 0;
  std::int64_t listeners = 0, open_files = 0, threads = 0;
  std::vector<std::string> volume_drivers, log_drivers;
  std::vector<std::string> cdi_devices;  // qualified names
  std::vector<std::string> warnings;
  bool debug = false;
  UnixNanos now = 0;
};

class SystemInfo {
 public:
  /// Takes the engine's id from the journal, or makes one.
  SystemInfo(EngineFacts facts, state::Journal& journal, pluginhost::PluginHost& plugins,
             pluginhost::Runtime& runtime, const state::ContainerStore& containers,
             const images::ImageStore& images, const state::EventBus& events);

  const EngineFacts& facts() const { return facts_; }
  HostFacts host() const;
  EngineState state() const;

 private:
  const EngineFacts facts_;
  pluginhost::PluginHost& plugins_;
  pluginhost::Runtime& runtime_;
  const state::ContainerStore& containers_;
  const images::ImageStore& images_;
  const state::EventBus& events_;
  std::string id_;
};

}  // namespace gantry::services
