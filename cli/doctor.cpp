#include <unistd.h>

#include <cstdio>

#include "cli/checks.hpp"
#include "cli/command.hpp"
#include "cli/options.hpp"
#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/json/reader.hpp"

namespace gantry::cli {

namespace {

void check_seccomp_profile(const std::string& setting, Findings& findings) {
  if (!setting.starts_with('/')) return;
  std::string fault;
  try {
    if (!json::Document::parse(file::read(setting)).root().is_object())
      fault = setting + ": it is not an object";
  } catch (const Error& error) {
    fault = error.what();
  }
  if (fault.empty())
    findings.ok(setting);
  else
    findings.fail("seccomp profile: " + fault, "correct [containers] seccomp_profile");
}

/// The configuration to check with: the defaults where the file is wrong.
config::Config check_config(const Options& options, Findings& findings) {
  findings.topic("configuration");
  try {
    auto config = load_config(options);
    findings.ok(config.file.empty() ? "no file: defaults" : config.file.string());
    check_seccomp_profile(config.containers.seccomp_profile, findings);
    return config;
  } catch (const Error& e) {
    for (const auto& line : text::split(e.what(), '\n')) findings.fail(line, {});
    findings.warn("the checks below go by the defaults",
                  "correct the file; gantryd --check-config tells when it is right");
  }
  config::Sources sources = config::process_sources();
  sources.file = "/dev/null";
  return config::load(sources);
}

}  // namespace

int run_doctor(const Arguments& arguments) {
  const Options options = parse_options(arguments);
  Findings findings;
  if (::geteuid() != 0)
    findings.warn("not run as root: some checks see less than the engine does",
                  "sudo gantry doctor");
  const auto config = check_config(options, findings);
  check_kernel(config, findings);
  check_oci_runtime(config, findings);
  check_plugins(config, findings);
  check_sockets(config, findings);
  check_disk(config, findings);
  check_docker_cli(findings);
  std::printf("\n");
  if (findings.failures() == 0 && findings.warnings() == 0)
    std::printf("all is well\n");
  else
    std::printf("%d failed, %d to look at\n", findings.failures(), findings.warnings());
  return findings.failures() == 0 ? 0 : 1;
}

}  // namespace gantry::cli
