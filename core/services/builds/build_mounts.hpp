// RUN --mount: what one command sees besides the image's files. Goes with this object, but for
// caches. One thread.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "core/build/run_mount.hpp"
#include "core/build/source_tree.hpp"
#include "core/domain/container.hpp"
#include "core/images/blob_store.hpp"
#include "core/images/image_store.hpp"
#include "core/pluginhost/runtime.hpp"
#include "core/services/builds/build_agents.hpp"
#include "core/services/builds/build_caches.hpp"
#include "core/services/builds/build_context.hpp"
#include "core/services/builds/build_secrets.hpp"
#include "core/services/images/root_layer.hpp"

namespace gantry::services {

class BuildRoot;

class BuildMounts {
 public:
  struct World {
    pluginhost::Runtime& runtime;
    images::BlobStore& blobs;
    BuildCaches& caches;
    BuildContext& context;
    const std::filesystem::path& directory;  // for copies of sources
    std::function<images::PinnedImage(const std::string&)> find_image;
    const std::filesystem::path& secrets;  // for their files, and agents' sockets
    const BuildRequest& request;
  };
  BuildMounts(const World& world, const std::vector<build::RunMount>& mounts, std::stop_token stop)
      : world_(world),
        mounts_(mounts),
        stop_(std::move(stop)),
        secrets_(world.secrets, world.request.secret),
        agents_(world.request, world.secrets) {}
  ~BuildMounts();
  BuildMounts(const BuildMounts&) = delete;
  BuildMounts& operator=(const BuildMounts&) = delete;

  /// Names what is mounted for reading: another content is another step. Empty: nothing is. What
  /// was told last is what make() mounts.
  std::string digests(ClientFiles::Need need);
  /// Makes the sources.
  std::vector<domain::MountPoint> make();
  /// "NAME=value" of secrets, and of the first SSH agent; after make().
  const std::vector<std::string>& variables() const { return variables_; }
  /// Before the start: which places of the root the mounts will make.
  void note_missing(const std::string& container_id);
  /// The layer without the places that were made for mounts and have nothing else in them.
  std::optional<RootLayer> without_places(std::optional<RootLayer> layer);

 private:
  void take_caches();
  std::filesystem::path make_directory();
  /// Where the agent's socket is; nullopt: there is no agent.
  std::optional<domain::MountPoint> make_agent(const build::RunMount& mount);
  /// nullopt: nothing is mounted.
  std::optional<domain::MountPoint> make_one(const build::RunMount& mount);
  /// What `from` names, when that is no image; with the source in it.
  ClientFiles::Tree find_tree(const build::RunMount& mount, ClientFiles::Need need) const;
  std::string copy_from_tree(const build::SourceTree& tree, const build::RunMount& mount,
                             const std::filesystem::path& into);
  std::string copy_file(BuildRoot& from, const std::string& path,
                        const std::filesystem::path& into);
  /// A copy of what `from` and `source` name; a file lies in it under its name.
  std::string copy_source(const build::RunMount& mount, const std::filesystem::path& into);
  /// Of what `from` and `source` name; `tree`: find_tree() of the mount.
  std::string digest(const build::RunMount& mount, const ClientFiles::Tree& tree) const;
  void name_cache(const build::RunMount& mount);

  const World& world_;
  const std::vector<build::RunMount>& mounts_;
  const std::stop_token stop_;
  std::vector<std::filesystem::path> copies_;
  std::map<const build::RunMount*, ClientFiles::Tree> trees_;  // of which the digest was told
  std::map<const build::RunMount*, std::string> cache_names_;
  std::map<std::string, BuildCaches::Use> uses_;  // by those names
  BuildSecrets secrets_;
  BuildAgents agents_;
  std::size_t agent_count_ = 0;  // with those that are not there
  std::vector<std::string> variables_;
  std::vector<std::string> targets_;  // of what is mounted
  std::set<std::string> places_;      // relative to the root
};

}  // namespace gantry::services
