#include "core/services/client_files.hpp"

#include <utility>

namespace gantry::services {

bool ClientFiles::is_fetched(const std::string& path, Need need) const {
  const auto found = fetched_.find(path);
  return found != fetched_.end() && found->second >= need;
}

void ClientFiles::fetch(const std::vector<std::string>& paths, Need need) {
  if (is_given_) tree_ = std::make_shared<build::SourceTree>(*tree_);
  is_given_ = false;
  fetch_(paths, need, *tree_);
}

ClientFiles::Tree ClientFiles::with(const std::vector<std::string>& sources, Need need) {
  const std::lock_guard lock(mutex_);
  const auto give = [this]() -> Tree {
    is_given_ = true;
    return tree_;
  };
  if (fetch_all_) std::exchange(fetch_all_, {})(*tree_);
  if (!fetch_) return give();
  std::vector<std::string> missing;
  for (const std::string& source : sources) {
    const auto path = build::clean_source(source);
    if (!path) continue;  // COPY will say so
    if (is_fetched("", need) || is_fetched(*path, need)) continue;
    fetched_[*path] = need;
    if (path->empty()) {
      fetch({}, need);
      return give();
    }
    missing.push_back(*path);
  }
  if (!missing.empty()) fetch(missing, need);
  return give();
}

}  // namespace gantry::services
