// The environment variables that a link on the default bridge gives to the linking container, as
// Docker makes them. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "core/domain/container.hpp"

namespace gantry::domain {

/// `name`: "/parent/alias". `address`: of the linked container, whose Config is `linked`.
std::vector<std::string> link_environment(const std::string& name, const std::string& address,
                                          const Config& linked);

}  // namespace gantry::domain
