#include "core/build/suggestion.hpp"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

namespace gantry::build {
namespace {

// Nobody mistypes these; comparing them takes its time.
constexpr std::size_t kMaxName = 128;

/// How many characters are to be put in, taken out or changed.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t before = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t changed = before + (a[i] == b[j] ? 0 : 1);
      before = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, before + 1});
    }
  }
  return row.back();
}

}  // namespace

std::size_t Suggestion::cost(std::string_view name, std::size_t count) {
  return count * (1 + std::min(name.size(), kMaxName));
}

void Suggestion::consider(std::string_view other) {
  is_known_ = is_known_ || other == name_;
  const std::size_t shorter = std::min(name_.size(), other.size());
  const std::size_t longer = std::max(name_.size(), other.size());
  if (longer - shorter >= kTooFar || longer > kMaxName) return;
  const std::size_t far = distance(name_, other);
  if (far >= distance_) return;
  distance_ = far;
  best_ = other;
}

}  // namespace gantry::build
