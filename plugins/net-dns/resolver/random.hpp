// Numbers that outsiders cannot guess. One thread.
#pragma once

#include <cstdint>

namespace net_dns {

std::uint16_t random_id();

}  // namespace net_dns
