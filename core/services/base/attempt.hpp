// Steps that must not keep later ones, or those for other containers, from being done. Any thread.
#pragma once

#include <exception>
#include <string>

#include "core/base/log.hpp"

namespace gantry::services {

/// Runs a step for a container. Its failure is logged as that of `what`.
template <class Step>
void attempt(const std::string& container_id, const char* what, Step&& step) {
  try {
    step();
  } catch (const std::exception& error) {
    log::error("container " + container_id + ": " + what + ": " + error.what());
  }
}

}  // namespace gantry::services
