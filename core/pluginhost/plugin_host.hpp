// Finds, loads and gates plugins, and owns the adapters. load_…() is called by main before threads
// start; afterwards: any thread. Log drivers are loaded when somebody asks for one: most engines
// never do. Libraries are never unloaded.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/base/time.hpp"
#include "core/pluginhost/log_driver.hpp"
#include "core/pluginhost/name_service.hpp"
#include "core/pluginhost/runtime.hpp"
#include "core/pluginhost/volume.hpp"

namespace gantry::pluginhost {

/// An asynchronous fact from a plugin thread (gantry_event). The callback must only enqueue.
struct PluginEvent {
  std::string kind;  // one of gantry_event's
  std::string container_id, exec_id;
  int exit_code = 0;
  bool oom_killed = false;
  UnixNanos time = 0;
  int pid = 0;  // of the container's first process; 0: not said
};

struct HostOptions {
  std::vector<std::filesystem::path>
      directories;                             // searched for lib<id>.so / <id>.so, first hit wins
  std::filesystem::path state_dir, run_dir;    // each plugin gets <dir>/<id>
  std::map<std::string, std::string> configs;  // plugin id -> JSON object
  std::vector<std::string> log_plugins;        // ids of log drivers
  std::function<void(PluginEvent)> on_event;
  /// Replaces a managed file of a running container; for the guest_files host extension.
  std::function<void(const std::string& container_id, const std::string& path, std::string content)>
      replace_guest_file;
  /// What a container has in a managed file now; for guest_files_read.
  std::function<std::string(const std::string& container_id, const std::string& path)>
      read_guest_file;
};

/// What loading found, for `gantry plugins`, doctor and /info.
struct PluginReport {
  std::string id, kind, version, description;
  std::filesystem::path file;
  std::string error;  // empty: fine; else one named error, e.g. "abi major 9 is not supported (this
                      // host has 1)"
};

class PluginHost {
 public:
  explicit PluginHost(HostOptions options);
  ~PluginHost();  // calls destroy() of all plugins

  /// Loads the plugin with this id; throws Error{unavailable} "plugin "x": <named error>".
  Runtime& load_runtime(const std::string& id);
  NameService& load_name_service(const std::string& id);
  /// Volume drivers that fail to load are reported, logged and left out: the daemon stays up.
  void load_volumes(const std::vector<std::string>& ids);

  /// Driver "local" etc.; throws Error{not_found} `plugin "x" not found`. A driver that a plugin
  /// learns of while it runs is looked for now, and may be waited for. Any thread.
  Volume& get_volume(const std::string& driver, const Op& op = {});
  /// The plugins that are drivers themselves.
  std::vector<Volume*> volumes();
  /// Names of the drivers that other plugins serve now; none of them is asked. Any thread.
  std::vector<std::string> found_drivers();
  /// Driver "syslog" etc., loaded now if it was not before; throws Error{not_found} `plugin "x" not
  /// found` for those that the options do not name, Error{unavailable}. Any thread.
  LogDriver& get_log_driver(const std::string& driver);
  /// By name, whether they can be loaded or not.
  std::vector<std::string> log_drivers() const;
  /// Without those of which is known that they cannot be loaded: the file is missing, the plugin is
  /// of another kind, or the last attempt failed. Any thread.
  std::vector<std::string> usable_log_drivers() const;
  /// Ids that the options name and no library that can be found is or carries. Any thread.
  std::vector<std::string> missing_log_plugins() const;
  std::vector<PluginReport> reports() const;

  /// Describes every library in the directories without creating plugins (runs count/describe
  /// only).
  static std::vector<PluginReport> scan(const std::vector<std::filesystem::path>& directories);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gantry::pluginhost
