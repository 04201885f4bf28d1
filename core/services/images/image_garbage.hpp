// Removes image content that nothing needs any more: blobs from the store, unpacked layers from the
// runtime. Any thread. What is needed says the ImageStore; each digest is removed under its lease,
// so that it cannot come into use in between.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/images/blob_store.hpp"
#include "core/images/content_leases.hpp"
#include "core/images/image_store.hpp"
#include "core/pluginhost/runtime.hpp"

namespace gantry::services {

class ImageGarbage {
 public:
  struct Removed {
    std::vector<std::string> layers;  // chain ids, topmost first
    std::uint64_t bytes = 0;          // freed, blobs included
  };
  enum class Blobs { remove, set_aside };

  ImageGarbage(images::ImageStore& store, images::BlobStore& blobs, images::ContentLeases& leases,
               pluginhost::Runtime& runtime);

  /// Removes those of `digests` (blobs and chain ids, lowest first) that are garbage. A layer that
  /// a container still stands on stays until that container goes. `set_aside`: blobs are kept for a
  /// later try.
  Removed remove(const std::vector<std::string>& digests, Blobs mode = Blobs::remove);
  /// Looks at everything there is: at boot and by prune. At boot nothing else may be using the
  /// store yet, and blobs of an interrupted pull are set aside.
  Removed sweep_at_boot(bool records_were_lost);
  /// Also drops partial downloads that nobody came back for.
  Removed sweep();

 private:
  enum class Outcome { removed, absent, needed, in_use };
  Outcome remove_layer(const std::string& chain_id, Removed& removed);
  void remove_blob(const std::string& digest, Blobs mode, Removed& removed);
  std::vector<std::string> all_garbage() const;

  images::ImageStore& store_;
  images::BlobStore& blobs_;
  images::ContentLeases& leases_;
  pluginhost::Runtime& runtime_;
};

}  // namespace gantry::services
