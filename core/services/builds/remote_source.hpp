// Files that a build has from elsewhere: a Git repository at one commit, or what lies at a URL. One
// thread.
#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>

#include "core/build/git_url.hpp"
#include "core/build/source_tree.hpp"
#include "core/images/registry_options.hpp"
#include "core/services/builds/build_request.hpp"

namespace gantry::services {

struct RemoteSource {
  std::optional<build::GitUrl> repository;
  // Or:
  std::string url{};
  std::string name = "context";  // of the file in the tree
  bool unpack = false;           // what is a tar

  /// Without a login or password, for messages.
  std::string shown() const;
};

/// A repository's, or a plain file's; nullopt: neither http nor https, nor one of Git's.
std::optional<RemoteSource> find_remote(const std::string& url);

struct RemoteAccess {
  const BuildRequest& request;  // what its client gives
  const images::RegistryOptions& registry;
  const std::filesystem::path& directory;  // where things are kept meanwhile
  const std::filesystem::path& secrets;    // and agents' sockets: its path is short
  std::stop_token stop;
};
/// Adds the files. Throws Error.
void fetch_remote(const RemoteSource& source, const RemoteAccess& access, build::SourceTree& into);
/// The same for one file, of this name.
void download(const std::string& url, const std::string& name, const RemoteAccess& access,
              build::SourceTree& into);

}  // namespace gantry::services
