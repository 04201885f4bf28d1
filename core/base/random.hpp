// Random identifiers from the kernel's generator. Any thread.
#pragma once

#include <cstdint>
#include <string>

namespace gantry {

/// `bytes` random bytes in lower-case hex; 32 gives Docker's 64-digit ids. An id whose first twelve
/// digits are all decimal is never returned (it would be a bad default hostname), as in Docker.
std::string random_hex(size_t bytes = 32);
/// Uniform in [0, bound); bound > 0.
std::uint32_t random_below(std::uint32_t bound);

}  // namespace gantry
