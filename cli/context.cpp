#include <cstdio>

#include "cli/command.hpp"
#include "cli/find_program.hpp"
#include "cli/options.hpp"
#include "core/base/error.hpp"
#include "core/base/subprocess.hpp"
#include "core/base/text.hpp"

namespace gantry::cli {

namespace {

constexpr auto kLimit = std::chrono::seconds(30);

void run_docker(const std::vector<std::string>& argv) {
  const SubprocessResult result = run_subprocess(argv, kLimit);
  if (result.exit_code == 0) return;
  throw Error(Errc::unavailable,
              text::join(argv, " ") + ": " + std::string(text::trim(result.err)));
}

}  // namespace

int run_context(const Arguments& arguments) {
  const Options options = parse_options(arguments, {"--use"});
  const auto config = load_config(options);
  const std::string& host = config.daemon.local_host();
  const auto docker = find_program("docker");
  if (!docker) {
    std::printf(
        "There is no docker CLI in PATH, so there is nothing to register with.\n"
        "Install one (Debian: apt install docker-cli or docker.io), then run this again; or tell\n"
        "any other Docker client where the engine is:\n\n  export DOCKER_HOST=%s\n",
        host.c_str());
    return 1;
  }
  const bool exists =
      run_subprocess({*docker, "context", "inspect", "gantry"}, kLimit).exit_code == 0;
  run_docker({*docker, "context", exists ? "update" : "create", "gantry", "--description",
              "Gantry container engine", "--docker", "host=" + host});
  std::printf("context \"gantry\" is %s\n", exists ? "updated" : "registered");
  if (options.flags.contains("--use")) {
    run_docker({*docker, "context", "use", "gantry"});
    std::printf("docker now talks to %s\n", host.c_str());
  } else {
    std::printf("try: docker --context gantry ps      or for good: docker context use gantry\n");
  }
  return 0;
}

}  // namespace gantry::cli
