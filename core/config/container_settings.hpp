// Reads [containers]. Private to core/config. One thread.
#pragma once

#include "core/config/config.hpp"
#include "core/config/section.hpp"

namespace gantry::config {

void read_containers(Section section, Containers& containers);

/// "soft:hard" as read_containers() takes it, and "64m".
std::string to_text(const Ulimit& limit);
std::string size_text(std::uint64_t bytes);

}  // namespace gantry::config
