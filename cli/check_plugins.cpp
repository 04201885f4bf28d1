#include "cli/checks.hpp"
#include "cli/enabled_plugins.hpp"
#include "core/pluginhost/plugin_host.hpp"

namespace gantry::cli {

void check_plugins(const config::Config& config, Findings& findings) {
  findings.topic("plugins");
  std::string directories;
  for (const auto& directory : config.plugins.directories)
    directories.append(" ").append(directory.string());
  auto enabled = enabled_plugins(config);
  const auto reports = pluginhost::PluginHost::scan(config.plugins.directories);
  for (const auto& report : reports) {
    const auto role = enabled.find(report.id);
    const std::string name = report.id + " (" + report.file.string() + ")";
    if (role == enabled.end()) {
      if (!report.error.empty())
        findings.warn(name + ": " + report.error, "it is not enabled; remove or rebuild it");
      continue;
    }
    if (!report.error.empty())
      findings.fail(name + ": " + report.error,
                    "rebuild it with the SDK of this version; gantry-plugin-check tells more");
    else if (report.kind != role->second)
      findings.fail(name + " is of kind " + report.kind + ", not " + role->second,
                    "correct its section in gantry.toml");
    else
      findings.ok(report.id + " " + report.version + " (" + report.kind + ")");
    enabled.erase(role);
  }
  for (const auto& [id, kind] : enabled) {
    const std::string why = why_missing(id, config.plugins.directories, reports);
    if (why.empty())
      findings.fail(id + " is enabled but in none of" + directories,
                    "install it, or name its directory: [plugin] directories = [\"…\"]");
    else
      findings.fail(id + " " + why, "rename the file, or correct the id in gantry.toml");
  }
}

}  // namespace gantry::cli
