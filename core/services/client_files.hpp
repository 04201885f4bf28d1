// Files that a client gives to a build: all that it has, or what the build asks for as it goes on.
// One thread.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/build/source_tree.hpp"

namespace gantry::services {

class ClientFiles {
 public:
  /// `directory`: where contents are kept.
  explicit ClientFiles(const std::filesystem::path& directory) : tree_(directory) {}

  enum class Need { digests, contents };
  /// Adds what lies at these paths, patterns among them; none: everything. With `digests` files may
  /// come without their contents.
  using Fetch = std::function<void(const std::vector<std::string>& paths, Need need,
                                   build::SourceTree& into)>;
  /// Without it everything is here.
  void fetch_with(Fetch fetch) { fetch_ = std::move(fetch); }

  /// Whose they are counts: else they become root's.
  bool has_owners = false;

  /// What is here.
  build::SourceTree& tree() { return tree_; }
  const build::SourceTree& tree() const { return tree_; }
  /// With what a COPY of these sources needs. Throws what Fetch throws.
  const build::SourceTree& with(const std::vector<std::string>& sources, Need need);

 private:
  build::SourceTree tree_;
  Fetch fetch_;
  bool is_fetched(const std::string& path, Need need) const;

  std::map<std::string, Need> fetched_;  // by path, the empty one is that of everything
};

}  // namespace gantry::services
