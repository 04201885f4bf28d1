#include <cstdio>

#include "cli/command.hpp"
#include "cli/options.hpp"
#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/config/docker_settings.hpp"

namespace gantry::cli {
namespace {

int show(const Arguments& arguments) {
  const auto config = load_config(parse_options(arguments));
  std::printf(
      "# %s\n%s",
      config.file.empty() ? "no configuration file: all values are defaults" : config.file.c_str(),
      config::to_toml(config).c_str());
  return 0;
}

int from_docker(const Arguments& arguments) {
  if (arguments.size() > 1) throw Usage("config from-docker: one file at most");
  const std::string file = arguments.empty() ? "/etc/docker/daemon.json" : arguments[0];
  const std::string text = file::read(file);
  try {
    std::printf("# what %s says\n%s", file.c_str(), config::from_docker(text).c_str());
  } catch (const Error& e) {
    throw Error(e.code(), file + ": " + e.what());
  }
  return 0;
}

}  // namespace

int run_config(const Arguments& arguments) {
  const Arguments rest(arguments.begin() + (arguments.empty() ? 0 : 1), arguments.end());
  if (!arguments.empty() && arguments[0] == "show") return show(rest);
  if (!arguments.empty() && arguments[0] == "from-docker") return from_docker(rest);
  throw Usage("config: the commands are \"show\" and \"from-docker\"");
}

}  // namespace gantry::cli
