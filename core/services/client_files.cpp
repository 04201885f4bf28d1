#include "core/services/client_files.hpp"

#include <utility>

namespace gantry::services {

const build::SourceTree& ClientFiles::with(const std::vector<std::string>& sources) {
  if (!fetch_) return tree_;
  std::vector<std::string> missing;
  for (const std::string& source : sources) {
    const auto path = build::clean_source(source);
    if (!path) continue;  // COPY will say so
    if (path->empty()) {
      missing.clear();
      std::exchange(fetch_, {})(missing, tree_);
      return tree_;
    }
    if (fetched_.insert(*path).second) missing.push_back(*path);
  }
  if (!missing.empty()) fetch_(missing, tree_);
  return tree_;
}

}  // namespace gantry::services
