// What one plugin gets from the host: the gantry_host struct and what stands behind it. The struct
// stays valid for the life of the process, as the ABI promises; after close() its functions do
// nothing. The functions are called by any plugin thread and let no exception out.
#pragma once

#include <gantry/network.h>

#include <memory>
#include <shared_mutex>
#include <string>

#include "core/pluginhost/event_gate.hpp"
#include "core/pluginhost/plugin_host.hpp"

namespace gantry::pluginhost {

class HostServices {
 public:
  /// Makes the plugin's two directories (0700). The callbacks of `options` are copied.
  HostServices(const std::string& plugin, const HostOptions& options);

  const gantry_host* host() const { return &host_; }
  EventGate& events() { return events_; }
  /// Afterwards no callback of HostOptions runs any more.
  void close();

  /// Keeps a closed object for good: threads of a plugin may still hold its gantry_host.
  static void park(std::unique_ptr<HostServices> services);

 private:
  static void log(void* ctx, std::int32_t level, const char* message);
  static void event(void* ctx, const gantry_event* event);
  static const void* extension(void* ctx, const char* id);
  static gantry_status read_guest_file(void* ctx, const char* container_id, const char* path,
                                       const gantry_sink* out, gantry_error* err);
  static gantry_status replace_guest_file(void* ctx, const char* container_id, const char* path,
                                          gantry_bytes content, gantry_error* err);

  const std::string plugin_;
  std::string state_dir_, run_dir_, config_;
  EventGate events_;
  std::shared_mutex open_;  // shared: a callback runs; exclusive: close()
  decltype(HostOptions::on_event) on_event_;
  decltype(HostOptions::replace_guest_file) replace_guest_file_;
  decltype(HostOptions::read_guest_file) read_guest_file_;
  gantry_host_guest_files guest_files_;
  gantry_host_guest_files_read guest_files_read_;
  gantry_host host_;
};

}  // namespace gantry::pluginhost
