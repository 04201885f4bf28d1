// Sources of COPY that the client leaves out of the build context. One thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/build/check_budget.hpp"
#include "core/build/path_patterns.hpp"

namespace gantry::build {

class IgnoredSources {
 public:
  /// `patterns`: of .dockerignore, asked for once and only when there is a source. Empty: there are
  /// none.
  IgnoredSources(const std::function<std::vector<std::string>()>& patterns, CheckBudget& budget)
      : ask_(patterns), budget_(budget) {}

  /// The source as it is told; nullopt: it is not ignored, or nobody can say.
  std::optional<std::string> find(const std::string& source);

 private:
  void load();

  const std::function<std::vector<std::string>()>& ask_;
  CheckBudget& budget_;
  bool is_loaded_ = false, takes_back_ = false, takes_all_ = false;
  std::size_t count_ = 0;
  PathPatterns patterns_;
};

}  // namespace gantry::build
