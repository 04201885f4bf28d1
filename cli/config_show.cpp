#include <cstdio>

#include "cli/command.hpp"
#include "cli/options.hpp"

namespace gantry::cli {

int run_config(const Arguments& arguments) {
  if (arguments.empty() || arguments[0] != "show")
    throw Usage("config: the only command is \"show\"");
  const auto config = load_config(parse_options({arguments.begin() + 1, arguments.end()}));
  std::printf(
      "# %s\n%s",
      config.file.empty() ? "no configuration file: all values are defaults" : config.file.c_str(),
      config::to_toml(config).c_str());
  return 0;
}

}  // namespace gantry::cli
