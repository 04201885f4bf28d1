// One entry of /events (behaviours.md 8). Plain value.
#pragma once

#include <map>
#include <string>

#include "core/base/time.hpp"

namespace gantry::domain {

struct Event {
  std::string type;    // "container", "image", "network", "volume", "daemon"
  std::string action;  // "start", "exec_create: sh", ...
  std::string actor_id;
  std::map<std::string, std::string> attributes;
  UnixNanos time = 0;  // filled by the bus when 0; strictly increasing
};

}  // namespace gantry::domain
