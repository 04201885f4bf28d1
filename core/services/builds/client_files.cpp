#include "core/services/builds/client_files.hpp"

#include "core/base/error.hpp"
#include "core/base/scope_guard.hpp"

namespace gantry::services {

bool ClientFiles::is_fetched(const std::string& path, Need need) const {
  const auto found = fetched_.find(path);
  return found != fetched_.end() && found->second >= need;
}

std::vector<std::string> ClientFiles::missing(const std::vector<std::string>& sources,
                                              Need need) const {
  if (fetch_all_) return {""};
  std::vector<std::string> paths;
  if (!fetch_ || is_fetched("", need)) return paths;
  for (const std::string& source : sources) {
    auto path = build::clean_source(source);
    if (!path || is_fetched(*path, need)) continue;  // of what is no path COPY will say so
    if (path->empty()) return {""};
    paths.push_back(std::move(*path));
  }
  return paths;
}

void ClientFiles::fetch(const std::vector<std::string>& paths, Need need,
                        const std::stop_token& stop) {
  if (fetch_all_) {
    fetch_all_(*tree_, stop);
    fetch_all_ = {};
    return;
  }
  if (is_given_) tree_ = std::make_shared<build::SourceTree>(*tree_);
  is_given_ = false;
  const bool is_everything = paths.front().empty();
  fetch_(is_everything ? std::vector<std::string>() : paths, need, *tree_, stop);
  for (const std::string& path : paths) fetched_[path] = need;
}

ClientFiles::Tree ClientFiles::with(const std::vector<std::string>& sources, Need need,
                                    const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait(lock, stop, [this] { return !is_busy_; }))
    throw Error(Errc::cancelled, "context canceled");
  if (failure_) std::rethrow_exception(failure_);
  if (const auto paths = missing(sources, need); !paths.empty()) {
    is_busy_ = true;
    lock.unlock();
    const ScopeGuard done([&] {
      lock.lock();
      is_busy_ = false;
      changed_.notify_all();
    });
    try {
      fetch(paths, need, stop);
    } catch (...) {
      failure_ = std::current_exception();
      throw;
    }
  }
  is_given_ = true;
  return tree_;
}

}  // namespace gantry::services
