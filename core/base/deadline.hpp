// Points in time at which a wait ends, and what poll(2) makes of them. Pure: any thread.
#pragma once

#include <chrono>
#include <optional>

namespace gantry {

/// nullopt: no limit.
using Deadline = std::optional<std::chrono::steady_clock::time_point>;

/// A limit of years is none; adding it to the present would overflow.
Deadline deadline_after(std::optional<std::chrono::nanoseconds> limit);
bool is_over(const Deadline& deadline);
/// Milliseconds for poll(2), -1 without a deadline. Rounded up, so that a wait never ends before
/// its time only to spin on a rest below 1 ms.
int poll_timeout(const Deadline& deadline);

}  // namespace gantry
