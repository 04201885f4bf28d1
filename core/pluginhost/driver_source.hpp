// A plugin that serves volume drivers whose names it learns while it runs
// (sdk/include/gantry/ext/volume_drivers.h). Private to core/pluginhost. Any thread.
#pragma once

#include <gantry/ext/volume_drivers.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/pluginhost/volume.hpp"

namespace gantry::pluginhost {

class DriverSource {
 public:
  DriverSource(std::string id, void* self, const gantry_ext_volume_drivers& table)
      : id_(std::move(id)), self_(self), table_(table) {}
  /// nullptr: the plugin is a driver of its own. Throws Error{unavailable} for a broken extension.
  static std::unique_ptr<DriverSource> of(const std::string& id, const gantry_plugin& plugin);

  /// Throws Error{not_found} when it does not have this driver (now). Lives as long as this object.
  Volume& get(const std::string& driver, const Op& op);
  std::vector<std::string> names();

 private:
  const std::string id_;
  void* const self_;
  const gantry_ext_volume_drivers& table_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<Volume>> drivers_;  // guarded by mutex_
};

}  // namespace gantry::pluginhost
