#include "core/build/check_report.hpp"

#include <algorithm>

#include "core/base/text.hpp"

namespace gantry::build {

namespace {
// Nobody reads more; whoever sends a Dockerfile decides how many there would be.
constexpr std::size_t kMaxWarnings = 1000;
}  // namespace

std::string CheckWarning::short_text() const {
  std::string result = std::string(rule->name) + ": " + text;
  if (line > 0) result += " (line " + std::to_string(line) + ")";
  return result;
}

const CheckOptions& CheckReport::options_at(const CheckPlace& place) {
  if (place.comments == nullptr || place.comments->empty()) return options_;
  if (here_for_ != place.comments) here_ = options_.with(*place.comments);
  here_for_ = place.comments;
  return here_;
}

void CheckReport::add(const CheckRule& rule, const CheckPlace& place, std::string text) {
  if (++asked_ > kMaxWarnings || !options_at(place).wants(rule)) return;
  warnings_.push_back({&rule, std::move(text), place.line, place.last_line});
}

std::string CheckReport::error() const {
  if (!options_.as_error() || warnings_.empty()) return {};
  std::vector<std::string> names;
  for (const CheckWarning& warning : warnings_)
    if (std::find(names.begin(), names.end(), warning.rule->name) == names.end())
      names.emplace_back(warning.rule->name);
  return "lint violation found for rules: " + text::join(names, ", ");
}

}  // namespace gantry::build
