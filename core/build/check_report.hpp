// What the checks of one Dockerfile have found. One thread.
#pragma once

#include <string>
#include <vector>

#include "core/build/check_options.hpp"
#include "core/build/check_rules.hpp"
#include "core/build/dockerfile.hpp"

namespace gantry::build {

struct CheckWarning {
  const CheckRule* rule;
  std::string text;
  int line = 0, last_line = 0;  // of the Dockerfile, from 1

  /// "FromAsCasing: 'as' and 'FROM' keywords' casing do not match (line 1)"
  std::string short_text() const;
};

/// Where a rule looks: lines, and the comments above them, which may leave rules out.
struct CheckPlace {
  int line = 0, last_line = 0;
  const std::vector<std::string>* comments = nullptr;

  CheckPlace() = default;
  CheckPlace(int first, int last) : line(first), last_line(last) {}
  explicit CheckPlace(const Instruction& instruction)
      : line(instruction.line), last_line(instruction.last_line), comments(&instruction.comments) {}
  /// For rules that look at more than one instruction.
  CheckPlace without_comments() const { return {line, last_line}; }
};

class CheckReport {
 public:
  explicit CheckReport(CheckOptions options) : options_(std::move(options)) {}

  void add(const CheckRule& rule, const CheckPlace& place, std::string text);
  const std::vector<CheckWarning>& warnings() const { return warnings_; }
  /// What a build fails with that must not have warnings; empty: nothing.
  std::string error() const;

 private:
  const CheckOptions& options_at(const CheckPlace& place);

  CheckOptions options_;
  CheckOptions here_;
  const std::vector<std::string>* here_for_ = nullptr;
  std::size_t asked_ = 0;
  std::vector<CheckWarning> warnings_;
};

}  // namespace gantry::build
