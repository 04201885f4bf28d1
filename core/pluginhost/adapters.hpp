// Makes the C++ faces of created plugins: C table → C++ class, one .cpp per kind. The adapter
// borrows the plugin and the gate; PluginHost destroys the plugin. Private to core/pluginhost.
#pragma once

#include <gantry/abi.h>
#include <gantry/volume.h>

#include <memory>
#include <string>

#include "core/pluginhost/event_gate.hpp"
#include "core/pluginhost/log_driver.hpp"
#include "core/pluginhost/name_service.hpp"
#include "core/pluginhost/runtime.hpp"
#include "core/pluginhost/volume.hpp"

namespace gantry::pluginhost {

std::unique_ptr<Runtime> adapt_runtime(const std::string& id, const gantry_plugin& plugin,
                                       EventGate& events);
std::unique_ptr<NameService> adapt_name_service(const std::string& id, const gantry_plugin& plugin);
std::unique_ptr<Volume> adapt_volume(const std::string& id, const gantry_plugin& plugin);
/// One driver of a plugin that serves several.
std::unique_ptr<Volume> adapt_volume(const std::string& id, const std::string& driver, void* self,
                                     const gantry_volume& table);
std::unique_ptr<LogDriver> adapt_log_driver(const std::string& id, const gantry_plugin& plugin);

}  // namespace gantry::pluginhost
