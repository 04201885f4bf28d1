// Unpacked image layers on disk, named by chain id.
//
//   <state_dir>/layers/<number>/diff    the layer's own tree, in overlayfs' form
//   <state_dir>/layers/<number>/meta    symbolic link to {"chain_id","parent","size"}: most file
//                                       systems have it on the disk with the name, unlike a file
//   <state_dir>/layers/lost-<number>    what has a meta that cannot be read; stays
//   <state_dir>/layers/tmp-…            under way, or being removed; cleared when the store opens
// Numbers keep overlayfs' list of lower directories short. A layer appears by rename when it is
// complete, so a kill at any moment leaves at most a tmp directory. Threads: any; the caller
// serializes calls for one chain id.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.hpp"
#include "base/operation.hpp"

namespace gantry::oci {

class LayerStore {
 public:
  explicit LayerStore(const std::string& state_dir);

  /// Size in bytes. Already there: at once, `fd` is not read.
  std::uint64_t unpack(const std::string& chain_id, const std::string& parent, int fd,
                       const Operation& op);
  /// The directory `upper` becomes the layer: what overlayfs wrote on top of `parent`. It is moved,
  /// and moved back when something fails. `leave_out`, errors: see gantry/ext/rootfs.h.
  std::uint64_t adopt(const std::string& chain_id, const std::string& parent,
                      const std::string& upper, std::vector<std::string> leave_out,
                      const Operation& op);
  std::uint64_t size(const std::string& chain_id) const;  // GANTRY_NOT_FOUND
  /// GANTRY_CONFLICT while a layer or a user (a container's root) needs it.
  void remove(const std::string& chain_id);
  std::vector<std::string> list() const;

  /// Directories of a chain relative to directory(), topmost first: "7/diff". "" is the empty
  /// chain.
  std::vector<std::string> stack(const std::string& chain_id) const;
  std::uint64_t stack_size(const std::string& chain_id) const;
  std::vector<UniqueFd> open_stack(const std::string& chain_id) const;
  const std::string& directory() const { return directory_; }
  /// Directories that were put aside when a store opened: nobody knows which layers they are.
  const std::vector<std::string>& lost() const { return lost_; }
  /// Why leftovers could not be cleared when the store opened.
  const std::vector<std::string>& complaints() const { return complaints_; }

  /// A container's root on top of the chain keeps it from removal. "" counts as nothing.
  void add_user(const std::string& chain_id);  // GANTRY_NOT_FOUND
  void drop_user(const std::string& chain_id);

 private:
  struct Layer {
    std::uint64_t number = 0;
    std::string parent;
    std::uint64_t size = 0;
    unsigned users = 0;
  };
  const Layer& get(const std::string& chain_id) const;  // with mutex_ held
  void load();
  void clear(const std::string& leftover);
  void load_layer(const std::string& name);
  std::optional<std::uint64_t> find_size(const std::string& chain_id) const;
  /// Makes a layer in a directory of its own: `fill` brings its "diff" and gives the bytes. `undo`:
  /// when that fails, before all of it is removed.
  std::uint64_t make(const std::string& chain_id, const std::string& parent,
                     const std::function<std::uint64_t(const std::string& diff)>& fill,
                     const std::function<void(const std::string& diff)>& undo = {});

  std::string directory_;
  std::vector<std::string> lost_, complaints_;
  mutable std::mutex mutex_;
  std::map<std::string, Layer> layers_;  // guarded by mutex_
  std::uint64_t last_number_ = 0;        // guarded by mutex_
};

}  // namespace gantry::oci
