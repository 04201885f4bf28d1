// The plugin under test: its library, loaded as the engine loads it, and a host for it with
// directories of its own. create() and destroy() may be repeated: that is what a restart of the
// daemon is for a plugin.
#pragma once

#include <gantry/abi.h>
#include <gantry/network.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <gantry/cpp/gate.hpp>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "conformance/under_way.hpp"

namespace conformance {

struct Settings {
  std::string file;
  std::string id;  // which of several plugins; empty: the first
  std::string config = "{}";
  std::map<std::string, std::string> options;  // of volumes and log drivers
  std::string driver;                          // of a plugin that serves several
  std::string layer;                           // tar of a root filesystem, for runtimes
  std::string peer = "reads";                  // or "absent", "stuck": of a log driver
  std::chrono::seconds timeout{60};            // of each case; 0: none
  bool verbose = false;
};

/// A gantry_event, copied.
struct Event {
  std::string kind, container_id, exec_id;
  int exit_code = 0;
};

/// A library that passed the gate. Throws Failure with the one fault. Never unloaded.
struct Library {
  explicit Library(const std::string& file);
  const gantry_plugin_entry_v1* entry = nullptr;
  std::vector<gantry::sdk::gate::Described> plugins;
};

class Subject {
 public:
  Subject(const Library& library, gantry::sdk::gate::Described described, const Settings& settings);
  ~Subject();  // destroys the plugin and removes the directories
  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;

  const gantry::sdk::gate::Described& described() const { return described_; }
  const Settings& settings() const { return settings_; }
  bool created() const { return created_; }
  /// Throws Failure when the plugin refuses or its tables are faulty.
  void create();
  void destroy();
  void restart() {
    destroy();
    create();
  }

  void* self() const { return plugin_.self; }
  template <class Table>
  const Table& table() const {
    return *static_cast<const Table*>(plugin_.table);
  }
  /// Null when the plugin does not have it.
  template <class Table>
  const Table* extension(const char* id) const {
    if (!plugin_.extension) return nullptr;
    const UnderWay under_way("extension");
    return static_cast<const Table*>(plugin_.extension(plugin_.self, id));
  }

  /// A directory of this run for files of the suites.
  const std::string& scratch() const { return scratch_; }
  /// Waits for an event of this kind and id; nullopt after ten seconds.
  std::optional<Event> wait_event(const std::string& kind, const std::string& container_id,
                                  const std::string& exec_id = "");
  /// Events that no host could use; each breaks the rules of gantry_event.
  int malformed_events();
  /// Managed files of containers, as the host or the plugin wrote them last: "<container> <path>" →
  /// content.
  std::map<std::string, std::string> guest_files();
  void put_guest_file(const std::string& container_id, const std::string& path,
                      const std::string& content);

 private:
  static void log(void* ctx, std::int32_t level, const char* message);
  static void event(void* ctx, const gantry_event* event);
  static const void* extension(void* ctx, const char* id);
  static gantry_status read(void* ctx, const char* container_id, const char* path,
                            const gantry_sink* out, gantry_error* err);
  static gantry_status replace(void* ctx, const char* container_id, const char* path,
                               gantry_bytes content, gantry_error* err);

  const Library& library_;
  const gantry::sdk::gate::Described described_;
  const Settings settings_;
  std::string directory_, state_dir_, run_dir_, scratch_;
  gantry_host host_{};
  gantry_host_guest_files guest_files_{};
  gantry_host_guest_files_read guest_files_read_{};
  gantry_plugin plugin_{};
  bool created_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Event> events_;
  int malformed_events_ = 0;
  std::map<std::string, std::string> replaced_;
};

}  // namespace conformance
