// Files that a client gives to a build: all that it has, or what the build asks for as it goes on.
// Any thread; while they are filled, and fetch_…with, before others have them.
#pragma once

#include <condition_variable>
#include <exception>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "core/build/source_tree.hpp"

namespace gantry::services {

class ClientFiles {
 public:
  using Tree = std::shared_ptr<const build::SourceTree>;

  /// `directory`: where contents are kept.
  explicit ClientFiles(const std::filesystem::path& directory)
      : tree_(std::make_shared<build::SourceTree>(directory)) {}

  enum class Need { digests, contents };
  /// Adds what lies at these paths, patterns among them; none: everything. With `digests` files may
  /// come without their contents.
  using Fetch = std::function<void(const std::vector<std::string>& paths, Need need,
                                   build::SourceTree& into, const std::stop_token& stop)>;
  /// Without it everything is here.
  void fetch_with(Fetch fetch) { fetch_ = std::move(fetch); }
  /// Adds everything, when the first file is asked for.
  using FetchAll = std::function<void(build::SourceTree& into, const std::stop_token& stop)>;
  void fetch_all_with(FetchAll fetch) { fetch_all_ = std::move(fetch); }

  /// Whose they are counts: else they become root's.
  bool has_owners = false;

  /// To fill.
  build::SourceTree& tree() { return *tree_; }
  /// With what a COPY of these sources needs, as it is now. Waits while others fetch. Throws what
  /// Fetch throws, from then on always.
  Tree with(const std::vector<std::string>& sources, Need need, const std::stop_token& stop);

 private:
  bool is_fetched(const std::string& path, Need need) const;
  /// What of the sources is to be fetched; empty: nothing, one empty path: everything.
  std::vector<std::string> missing(const std::vector<std::string>& sources, Need need) const;
  void fetch(const std::vector<std::string>& paths, Need need, const std::stop_token& stop);

  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool is_busy_ = false;  // somebody fetches
  std::exception_ptr failure_;
  std::shared_ptr<build::SourceTree> tree_;
  bool is_given_ = false;  // somebody may have it: a copy takes its place before it changes
  Fetch fetch_;
  FetchAll fetch_all_;
  std::map<std::string, Need> fetched_;  // by path, the empty one is that of everything
};

}  // namespace gantry::services
