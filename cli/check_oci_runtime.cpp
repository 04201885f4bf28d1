#include "cli/checks.hpp"
#include "cli/find_program.hpp"
#include "core/base/error.hpp"
#include "core/base/subprocess.hpp"
#include "core/base/text.hpp"
#include "core/json/reader.hpp"

namespace gantry::cli {

namespace {

/// First line of `--version`, or nullopt when it does not run.
std::optional<std::string> version_of(const std::string& program) {
  try {
    const auto result = run_subprocess({program, "--version"}, std::chrono::seconds(10));
    if (result.exit_code != 0) return std::nullopt;
    return text::split(result.out, '\n').front();
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace

void check_oci_runtime(const config::Config& config, Findings& findings) {
  if (config.runtime.plugin != "runtime-oci") return;
  findings.topic("OCI runtime");
  std::vector<std::string> candidates = {"crun", "runc"};
  const auto settings = config.plugins.settings.find("runtime-oci");
  if (settings != config.plugins.settings.end()) {
    const auto document = json::Document::parse(settings->second);
    const std::string chosen = document.root()["runtime"].str("auto");
    if (chosen != "auto") candidates = {chosen};
  }
  bool any = false;
  for (const auto& name : candidates) {
    const auto program = find_program(name);
    if (!program) continue;
    if (const auto version = version_of(*program)) {
      findings.ok(*program + ": " + *version);
      any = true;
    } else {
      findings.warn(*program + " does not run", "reinstall it");
    }
  }
  if (!any)
    findings.fail(
        "none of " + text::join(candidates, ", ") + " is there",
        "apt install runc (or crun); or name yours: [plugins.runtime-oci] runtime = \"/path\"");
}

}  // namespace gantry::cli
