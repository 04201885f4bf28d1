// Makes an image here: of the layers of another one, if any, and one more, if any. Any thread.
#pragma once

#include <optional>
#include <stop_token>
#include <vector>

#include "core/images/image_config.hpp"
#include "core/images/image_store.hpp"
#include "core/images/incoming_blob.hpp"
#include "core/images/reference.hpp"
#include "core/services/images/layer_install.hpp"
#include "core/services/images/root_layer.hpp"
#include "core/state/event_bus.hpp"

namespace gantry::services {

class ImageAssembly {
 public:
  struct Request {
    images::ImageConfig config;                     // its diff_ids are filled in
    const images::ImageRecord* parent = nullptr;    // held by the caller
    std::optional<RootLayer> layer;                 // a plain tar
    std::optional<images::ImageLayer> ready_layer;  // instead: one that an image here has
    std::optional<images::Reference> name;          // without a tag: latest
    std::string built_by;                           // as in ImageRecord
    images::BuildKitRole buildkit = images::BuildKitRole::none;  // likewise
    std::string event;  // of the image, before it is named; empty: none
  };

  ImageAssembly(images::ImageStore& store, images::BlobStore& blobs, images::ContentLeases& leases,
                LayerInstall& installer, state::EventBus& events)
      : store_(store), blobs_(blobs), leases_(leases), installer_(installer), events_(events) {}

  /// Unpacks the layer, stores config and manifest, names the image. Throws Error{invalid} for a
  /// layer that is no tar, or one too many; nothing is left then.
  images::PinnedImage run(Request request, const std::stop_token& stop);

 private:
  images::ImageStore& store_;
  images::BlobStore& blobs_;
  images::ContentLeases& leases_;
  LayerInstall& installer_;
  state::EventBus& events_;
};

}  // namespace gantry::services
