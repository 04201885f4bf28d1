#include "core/base/deadline.hpp"

#include <algorithm>
#include <climits>

namespace gantry {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::hours kForever{24 * 365};

}  // namespace

Deadline deadline_after(std::optional<std::chrono::nanoseconds> limit) {
  if (!limit || *limit >= kForever) return std::nullopt;
  return Clock::now() + *limit;
}

bool is_over(const Deadline& deadline) { return deadline && Clock::now() >= *deadline; }

int poll_timeout(const Deadline& deadline) {
  if (!deadline) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline - Clock::now()).count();
  return static_cast<int>(std::clamp<long long>(left, 0, INT_MAX));
}

}  // namespace gantry
