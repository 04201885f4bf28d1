// Layers made here are plain tars; before they leave for a registry they become gzip blobs, once.
// The image stays the same, its manifest is another. Any thread.
#pragma once

#include <stop_token>

#include "core/images/blob_store.hpp"
#include "core/images/content_leases.hpp"
#include "core/images/image_store.hpp"

namespace gantry::services {

class LayerCompression {
 public:
  LayerCompression(images::ImageStore& store, images::BlobStore& blobs,
                   images::ContentLeases& leases)
      : store_(store), blobs_(blobs), leases_(leases) {}

  /// The image with packed layers. One that a registry knows already is left as it is: its digest
  /// is its name there. Throws Error{cancelled}.
  images::PinnedImage run(images::PinnedImage image, const std::stop_token& stop);

 private:
  images::Descriptor pack(const images::ImageLayer& layer, images::Hold& hold,
                          const std::stop_token& stop);

  images::ImageStore& store_;
  images::BlobStore& blobs_;
  images::ContentLeases& leases_;
};

}  // namespace gantry::services
