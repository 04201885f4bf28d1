// Which checks of a Dockerfile count: "skip=FromAsCasing,UndefinedVar;error=true", in a directive
// ("# check=…"), in a comment above one instruction, or from the client.
// Plain value, any thread. Errors: Error{invalid} in Docker's words.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/build/check_rules.hpp"

namespace gantry::build {

class CheckOptions {
 public:
  CheckOptions() = default;
  explicit CheckOptions(std::string_view text);

  /// With what one of the comments above an instruction says, if one does and can be read.
  CheckOptions with(const std::vector<std::string>& comments) const;
  bool wants(const CheckRule& rule) const;
  /// A warning makes the build fail.
  bool as_error() const { return as_error_; }

 private:
  struct Choice {
    bool all = false;
    std::set<std::string, std::less<>> names{};

    explicit Choice(std::string_view list);
    Choice() = default;
    void add(const Choice& other);
    bool has(std::string_view name) const { return all || names.contains(name); }
  };
  void read(std::string_view part);

  Choice skipped_, experimental_;
  bool as_error_ = false;
};

}  // namespace gantry::build
