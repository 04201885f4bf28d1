#include "cli/options.hpp"

#include <filesystem>

namespace gantry::cli {

Options parse_options(const Arguments& arguments, const std::set<std::string>& known_flags) {
  Options options;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "--config") {
      if (++i == arguments.size()) throw Usage("--config needs a file");
      options.config_file = arguments[i];
    } else if (argument.starts_with("--config=")) {
      options.config_file = argument.substr(argument.find('=') + 1);
    } else if (known_flags.contains(argument)) {
      options.flags.insert(argument);
    } else {
      throw Usage((argument.starts_with("-") ? "unknown option " : "unexpected argument ") +
                  argument);
    }
  }
  return options;
}

config::Config load_config(const Options& options) {
  config::Sources sources = config::process_sources();
  if (options.config_file) sources.file = std::filesystem::absolute(*options.config_file);
  return config::load(sources);
}

}  // namespace gantry::cli
