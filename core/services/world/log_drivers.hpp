// The log drivers that containers may have, and what each is told of a container. Any thread.
#pragma once

#include <string>

#include "core/domain/log_config.hpp"
#include "core/pluginhost/plugin_host.hpp"

namespace gantry::services {

class LogDrivers {
 public:
  /// Throws Error{invalid} that names the setting, for a default driver that nobody is and for
  /// options that it refuses. What else keeps it from working may pass.
  LogDrivers(pluginhost::PluginHost& plugins, domain::LogDefaults defaults);

  /// Of containers that name no driver.
  const domain::LogDefaults& defaults() const { return defaults_; }
  /// Throws Error{invalid}: no such driver, or it refuses its options; or a tag that cannot be
  /// read.
  void check(const domain::HostConfig& host_config);
  pluginhost::LogDriver& get(const domain::ContainerRecord& record) {
    return plugins_.get_log_driver(record.host_config.log_type);
  }
  pluginhost::LogSource source(const domain::ContainerRecord& record) const;

 private:
  void check_defaults();

  pluginhost::PluginHost& plugins_;
  const domain::LogDefaults defaults_;
};

}  // namespace gantry::services
