// [plugins."log-journald"] of gantry.toml.
#pragma once

#include <string>
#include <string_view>

namespace log_journald {

struct Settings {
  std::string socket = "/run/systemd/journal/socket";
};

/// Throws gantry::sdk::Error{GANTRY_INVALID} naming the key.
Settings parse_settings(std::string_view json);

}  // namespace log_journald
