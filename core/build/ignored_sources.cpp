#include "core/build/ignored_sources.hpp"

#include <utility>

#include "core/build/source_tree.hpp"

namespace gantry::build {

void IgnoredSources::load() {
  if (std::exchange(is_loaded_, true) || !ask_) return;
  for (const std::string& pattern : ask_()) {
    budget_.spend(pattern.size());
    ++count_;
    takes_back_ = takes_back_ || pattern.starts_with('!');
    takes_all_ = takes_all_ || pattern == "*" || pattern == "**" || pattern == "**/*";
    patterns_.add(pattern);
  }
}

std::optional<std::string> IgnoredSources::find(const std::string& source) {
  if (source.starts_with("http://") || source.starts_with("https://") ||
      source.starts_with("git@") || source.starts_with("git://"))
    return std::nullopt;
  load();
  // What is taken back may lie in what is left out.
  if (count_ == 0 || takes_back_) return std::nullopt;
  const auto path = clean_source(source);
  if (!path) return std::nullopt;
  const bool rooted = source.starts_with('/');
  if (path->empty())
    return takes_all_ ? std::optional<std::string>(rooted ? "/" : ".") : std::nullopt;
  budget_.spend(count_ * (1 + path->size() / 16));
  if (rooted || !patterns_.match(*path)) return std::nullopt;
  return path;
}

}  // namespace gantry::build
