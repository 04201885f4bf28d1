#include "core/build/source_pattern.hpp"

#include <algorithm>

#include "core/base/text.hpp"

namespace gantry::build {
namespace {

using Names = std::vector<std::string>;

Names names_of(std::string_view path) { return path.empty() ? Names() : text::split(path, '/'); }

bool takes(const NamePattern& pattern, const std::string& name) {
  return pattern.match(NamePattern::characters(name));
}

}  // namespace

SourcePattern::SourcePattern(std::string_view path) {
  Names before;
  for (std::string& name : names_of(path)) {
    if (names_.empty() && !has_wildcard(name))
      before.push_back(std::move(name));
    else
      names_.emplace_back(name);
  }
  directory_ = text::join(before, "/");
}

bool SourcePattern::match(std::string_view path) const {
  const Names names = names_of(path);
  return std::equal(names_.begin(), names_.end(), names.begin(), names.end(), takes);
}

bool SourcePattern::touches(std::string_view path) const {
  const Names names = names_of(path);
  const auto common = static_cast<std::ptrdiff_t>(std::min(names.size(), names_.size()));
  return std::equal(names_.begin(), names_.begin() + common, names.begin(), takes);
}

}  // namespace gantry::build
