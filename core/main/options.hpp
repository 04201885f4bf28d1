// The command line of gantryd. Plain value; parsed once, before anything else.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/log.hpp"

namespace gantry::daemon {

struct Options {
  std::optional<std::filesystem::path> config_file, root, run_dir, pid_file;
  std::vector<std::string> hosts;
  std::vector<std::filesystem::path> plugin_directories;
  std::optional<log::Level> log_level;
  std::optional<log::Format> log_format;
  bool check_config = false, version = false, help = false;
};

/// Throws Error{invalid} with what is wrong.
Options parse_options(const std::vector<std::string>& arguments);
/// For --help.
std::string_view usage();

}  // namespace gantry::daemon
