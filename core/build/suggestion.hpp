// "did you mean …": the nearest of some names. Pure, any thread. No errors.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gantry::build {

/// Remembers the nearest name of those it is shown. One that is the name itself takes all others'
/// place: then there is nothing to suggest.
class Suggestion {
 public:
  explicit Suggestion(std::string_view name) : name_(name) {}
  /// Of showing it so many names, for a CheckBudget.
  static std::size_t cost(std::string_view name, std::size_t count);
  void consider(std::string_view other);
  /// Empty: none is near enough.
  std::string text() const { return is_known_ ? std::string() : best_; }

 private:
  static constexpr std::size_t kTooFar = 3;  // changed characters: it is another name

  std::string_view name_;
  std::string best_;
  std::size_t distance_ = kTooFar;
  bool is_known_ = false;
};

}  // namespace gantry::build
