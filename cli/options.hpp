// Options that several subcommands share.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "cli/command.hpp"
#include "core/config/config.hpp"

namespace gantry::cli {

struct Options {
  std::optional<std::string> config_file;  // --config FILE
  std::vector<std::string> hosts;          // -H, --host: where the engine listens
  std::set<std::string> flags;             // those of `known_flags` that were given
};

/// Throws Usage for anything else.
Options parse_options(const Arguments& arguments, const std::set<std::string>& known_flags = {});

/// The configuration as gantryd would read it.
config::Config load_config(const Options& options);

}  // namespace gantry::cli
