// "A start of this container is under way", in the journal: a daemon that dies in the middle finds
// it at boot and undoes the half-made run (restore.hpp).
#pragma once

#include <string>
#include <string_view>

#include "core/state/journal.hpp"

namespace gantry::services {

inline constexpr std::string_view kStartIntent = "container_start";

inline state::Journal::Change end_start_intent(const std::string& container_id) {
  return {std::string(kStartIntent), container_id, {}};
}

}  // namespace gantry::services
