// Containers' writable roots: one overlayfs upper directory each, on top of a chain of layers.
//
//   <state_dir>/roots/<id>/diff, work     overlayfs' directories
//   <state_dir>/roots/<id>/chain          symbolic link whose target is the chain id ("none": no
//                                         layers)
//   <state_dir>/roots/<id>/limit          only with a limit of its size (root_limit.hpp)
//   <state_dir>/roots/tmp-…               being made or removed; cleared when the store opens
//   <state_dir>/init                      the lowest layer of all roots (init_layer.hpp)
//   <state_dir>/empty                     where temporary views are mounted
// The shim mounts a root in its own mount namespace; nothing here ever mounts on the host.
// Threads: any; the caller serializes create and remove of one id.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "layers/layer_store.hpp"
#include "layers/overlay_tree.hpp"
#include "roots/root_limit.hpp"

namespace gantry::oci {

class RootStore {
 public:
  RootStore(const std::string& state_dir, LayerStore& layers);

  /// `size`: the most bytes it may take besides its layers; 0: no limit. GANTRY_INVALID where the
  /// filesystem cannot hold it to that.
  void create(const std::string& id, const std::string& chain_id, std::uint64_t size = 0);
  /// For whoever mounts mount_for().
  RoomToMount room_to_mount(const std::string& id) const;
  bool is_limited(const std::string& id) const;
  void remove(const std::string& id);
  std::vector<std::string> list() const;
  /// Chain id of a root ("" without layers); GANTRY_NOT_FOUND.
  std::string chain(const std::string& id) const;

  struct Usage {
    std::uint64_t written = 0;  // by the container itself
    std::uint64_t total = 0;
  };
  Usage usage(const std::string& id) const;

  /// A regular file, links followed inside the root, at most `max_bytes` of it; nullopt: not there.
  std::optional<std::string> find_file(const std::string& id, const std::string& path,
                                       std::uint64_t max_bytes) const;

  /// What is at `path`, links followed inside the root; nullopt: not there.
  std::optional<OverlayTree::Found> find(const std::string& id, const std::string& path) const;

  /// What mount(2) needs after chdir(directory). Relative names keep `data` short and free of
  /// commas and colons of the state directory's path.
  struct Mount {
    std::string directory;
    std::string data;
    bool limited = false;  // to be mounted under QuotaObedience (quota_obedience.hpp)
  };
  Mount mount_for(const std::string& id) const;
  /// The same tree for reading while nothing runs on it.
  Mount read_only_mount_for(const std::string& id) const;
  /// The same without what every container has besides its image: at least two lower directories.
  Mount image_mount_for(const std::string& id) const;

  /// For reading: the container's own directory, and what lies below it, topmost first.
  UniqueFd open_upper(const std::string& id) const;
  std::vector<UniqueFd> open_lower(const std::string& id) const;

  /// The members of docker inspect's GraphDriver.Data, without "MergedDir".
  struct Description {
    std::string lower, upper, work;
  };
  Description describe(const std::string& id) const;
  const std::string& empty_directory() const { return empty_; }
  /// Why leftovers could not be cleared when the store opened.
  const std::vector<std::string>& complaints() const { return complaints_; }

 private:
  std::string path(const std::string& id) const { return directory_ + "/" + id; }
  void clear(const std::string& leftover);
  std::string lower_list(const std::string& chain_id) const;
  /// Directories below a container's own, topmost first, relative to the layers' directory: the
  /// image's, then the init layer.
  std::vector<std::string> lower(const std::string& chain_id) const;

  LayerStore& layers_;
  std::string directory_;
  std::string empty_, init_;
  std::vector<std::string> complaints_;
};

}  // namespace gantry::oci
