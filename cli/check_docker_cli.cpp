#include "cli/checks.hpp"
#include "cli/find_program.hpp"
#include "core/base/error.hpp"
#include "core/base/subprocess.hpp"
#include "core/base/text.hpp"

namespace gantry::cli {

void check_docker_cli(Findings& findings) {
  findings.topic("client");
  const auto docker = find_program("docker");
  if (!docker) {
    findings.warn("no docker CLI in PATH",
                  "install one (Debian: apt install docker-cli or docker.io)");
    return;
  }
  try {
    const auto result = run_subprocess({*docker, "--version"}, std::chrono::seconds(10));
    findings.ok(*docker + ": " + std::string(text::trim(result.out)));
  } catch (const Error& e) {
    findings.warn(*docker + ": " + e.what(), "reinstall the docker CLI");
  }
}

}  // namespace gantry::cli
