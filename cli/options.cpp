#include "cli/options.hpp"

#include <filesystem>

namespace gantry::cli {

Options parse_options(const Arguments& arguments, const std::set<std::string>& known_flags) {
  Options options;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    const size_t equals = argument.starts_with("--") ? argument.find('=') : std::string::npos;
    const std::string name = argument.substr(0, equals);
    if (name == "--config" || name == "-H" || name == "--host") {
      if (equals == std::string::npos && ++i == arguments.size())
        throw Usage(name + " needs a value");
      const std::string value =
          equals == std::string::npos ? arguments[i] : argument.substr(equals + 1);
      if (name == "--config")
        options.config_file = value;
      else
        options.hosts.push_back(value);
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
  sources.hosts = options.hosts;
  return config::load(sources);
}

}  // namespace gantry::cli
