#include "base/operation.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace gantry::oci {
namespace {

std::int64_t monotonic_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

void Operation::check() const {
  op_.throw_if_cancelled();
  if (op_.deadline_ns() != 0 && monotonic_ns() > op_.deadline_ns())
    throw Error(GANTRY_TIMEOUT, "deadline exceeded");
}

std::chrono::milliseconds Operation::left(std::chrono::milliseconds longest) const {
  if (op_.deadline_ns() == 0) return longest;
  const std::chrono::milliseconds left{(op_.deadline_ns() - monotonic_ns()) / 1'000'000};
  return std::clamp(left, std::chrono::milliseconds{1}, longest);
}

}  // namespace gantry::oci
