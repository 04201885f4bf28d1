#include "cli/enabled_plugins.hpp"

#include "core/pluginhost/plugin_files.hpp"
#include "core/pluginhost/plugin_kinds.hpp"

namespace gantry::cli {

std::map<std::string, std::string> enabled_plugins(const config::Config& config) {
  std::map<std::string, std::string> enabled;
  enabled[config.runtime.plugin] = pluginhost::runtime_kind();
  enabled[config.network.plugin] = pluginhost::name_service_kind();
  for (const auto& id : config.volume.plugins) enabled[id] = pluginhost::volume_kind();
  for (const auto& id : config.logging.plugins) enabled[id] = pluginhost::logging_kind();
  return enabled;
}

std::string why_missing(const std::string& id,
                        const std::vector<std::filesystem::path>& directories,
                        const std::vector<pluginhost::PluginReport>& reports) {
  const auto file = pluginhost::find_plugin_file(directories, id);
  if (!file) return {};
  std::string carried;
  for (const auto& report : reports)
    if (report.file == *file) carried += " \"" + report.id + "\"";
  if (carried.empty()) return {};
  return "is not in " + file->string() + ", which carries" + carried;
}

}  // namespace gantry::cli
