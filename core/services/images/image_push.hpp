// `docker push`: layers in parallel, then config and manifest, for one tag or all of a repository.
// A pulled image keeps its digest; layers made here are compressed first. Any thread; each run has
// threads of its own, none stays.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "core/images/blob_store.hpp"
#include "core/images/image_store.hpp"
#include "core/images/platform.hpp"
#include "core/images/registry_auth.hpp"
#include "core/images/registry_options.hpp"
#include "core/services/images/image_progress.hpp"
#include "core/services/images/layer_compression.hpp"
#include "core/state/event_bus.hpp"

namespace gantry::services {

class ImagePush {
 public:
  struct Request {
    images::Reference reference;  // without a tag: all tags of the repository
    std::optional<images::Platform> platform;
    images::RegistryAuth auth;
  };

  ImagePush(images::ImageStore& store, images::BlobStore& blobs, images::ContentLeases& leases,
            state::EventBus& events, images::RegistryOptions options)
      : store_(store),
        blobs_(blobs),
        events_(events),
        options_(std::move(options)),
        compression_(store, blobs, leases) {}

  /// Blocks; ends with Error{cancelled} when the client goes away. Errors in Docker's words, those
  /// of the registry as it put them (behaviours.md 9.7).
  void run(const Request& request, const ProgressOutput& output);

 private:
  struct Session;  // what one run shares
  std::vector<images::Reference> tags_of(const images::Reference& reference) const;
  std::map<std::string, std::string> mount_sources(const images::Reference& target) const;
  void push_all(Session& session);
  void push_one(const images::Reference& reference, const images::ImageRecord& image,
                Session& session);
  void push_layers(const images::ImageRecord& image, Session& session);

  images::ImageStore& store_;
  const images::BlobStore& blobs_;
  state::EventBus& events_;
  const images::RegistryOptions options_;
  LayerCompression compression_;
};

}  // namespace gantry::services
