// Durations in words, as Go prints them: Docker's messages contain them. Pure; any thread.
#pragma once

#include <chrono>
#include <string>

namespace gantry {

/// "0s", "250ms", "1.5s", "1m30s", "2h0m0s": Go's Duration.String.
std::string duration_text(std::chrono::nanoseconds duration);

}  // namespace gantry
