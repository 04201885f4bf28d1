// Names of variables that tell of a secret in them. Pure, any thread. No errors.
#pragma once

#include <string_view>

namespace gantry::build {

/// "API_KEY", "password"; not "PUBLIC_KEY", "PASSWORD_FILE".
bool is_secret_name(std::string_view name);

}  // namespace gantry::build
