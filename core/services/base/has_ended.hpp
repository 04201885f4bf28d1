// What runtimes say of a container that has ended meanwhile, perhaps just now.
#pragma once

#include <cerrno>
#include <exception>

#include "core/base/error.hpp"

namespace gantry::services {

inline bool has_ended(const std::exception& error) {
  const auto* const ours = dynamic_cast<const Error*>(&error);
  return ours != nullptr && ours->code() == Errc::conflict && ours->os_errno() == ESRCH;
}

}  // namespace gantry::services
