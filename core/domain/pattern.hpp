// A regular expression that came from a client (filters, log options). Bounded on purpose: matching
// takes polynomial time and little stack whatever the client writes. Immutable; any thread.
#pragma once

#include <optional>
#include <regex>
#include <string>
#include <string_view>

namespace gantry::domain {

class Pattern {
 public:
  /// nullopt when it is no expression, or one that is too long or too deeply nested to be a filter.
  static std::optional<Pattern> parse(const std::string& text);
  /// Unanchored, as Go's MatchString. Only the first kilobyte of the value is looked at.
  bool found_in(std::string_view value) const;

 private:
  explicit Pattern(std::regex regex) : regex_(std::move(regex)) {}
  std::regex regex_;
};

}  // namespace gantry::domain
