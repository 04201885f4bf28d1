#include "core/services/client_files.hpp"

namespace gantry::services {

bool ClientFiles::is_fetched(const std::string& path, Need need) const {
  const auto found = fetched_.find(path);
  return found != fetched_.end() && found->second >= need;
}

const build::SourceTree& ClientFiles::with(const std::vector<std::string>& sources, Need need) {
  if (!fetch_) return tree_;
  std::vector<std::string> missing;
  for (const std::string& source : sources) {
    const auto path = build::clean_source(source);
    if (!path) continue;  // COPY will say so
    if (is_fetched("", need) || is_fetched(*path, need)) continue;
    fetched_[*path] = need;
    if (path->empty()) {
      fetch_({}, need, tree_);
      return tree_;
    }
    missing.push_back(*path);
  }
  if (!missing.empty()) fetch_(missing, need, tree_);
  return tree_;
}

}  // namespace gantry::services
