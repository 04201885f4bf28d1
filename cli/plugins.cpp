#include <algorithm>
#include <cstdio>

#include "cli/command.hpp"
#include "cli/enabled_plugins.hpp"
#include "cli/options.hpp"
#include "core/pluginhost/plugin_host.hpp"

namespace gantry::cli {

int run_plugins(const Arguments& arguments) {
  const auto config = load_config(parse_options(arguments));
  const auto enabled = enabled_plugins(config);
  const auto reports = pluginhost::PluginHost::scan(config.plugins.directories);

  size_t id_width = 4, kind_width = 6;
  for (const auto& report : reports) {
    id_width = std::max(id_width, report.id.size());
    kind_width = std::max(kind_width, report.kind.size());
  }
  const auto print = [&](const std::string& id, const std::string& kind, const std::string& version,
                         const std::string& state, const std::string& file) {
    std::printf("%-*s  %-*s  %-8s  %-8s  %s\n", static_cast<int>(id_width), id.c_str(),
                static_cast<int>(kind_width), kind.c_str(), version.c_str(), state.c_str(),
                file.c_str());
  };
  print("ID", "KIND", "VERSION", "STATE", "FILE");
  int faulty = 0;
  for (const auto& report : reports) {
    const auto role = enabled.find(report.id);
    const bool is_enabled = role != enabled.end();
    std::string error = report.error;
    if (error.empty() && is_enabled && report.kind != role->second)
      error = "is of kind " + report.kind + ", not " + role->second;
    const char* state = !error.empty() ? "faulty" : is_enabled ? "enabled" : "-";
    print(report.id, report.kind, report.version, state, report.file.string());
    if (error.empty()) continue;
    std::printf("  error: %s\n", error.c_str());
    ++faulty;
  }
  for (const auto& [id, role] : enabled) {
    const bool found = std::any_of(reports.begin(), reports.end(),
                                   [&id = id](const auto& report) { return report.id == id; });
    if (found) continue;
    print(id, role, "", "missing", "");
    const std::string why = why_missing(id, config.plugins.directories, reports);
    std::printf("  error: %s\n",
                why.empty() ? "is enabled but in none of the directories" : why.c_str());
    ++faulty;
  }
  std::printf("\nsearched:");
  for (const auto& directory : config.plugins.directories) std::printf(" %s", directory.c_str());
  std::printf("\n");
  return faulty == 0 ? 0 : 1;
}

}  // namespace gantry::cli
