// `docker pull`: manifest, layers in parallel, unpacking in order while others still come, the
// image's record last. Any thread; each run has threads of its own, none stays.
#pragma once

#include <optional>
#include <stop_token>

#include "core/images/image_store.hpp"
#include "core/images/platform.hpp"
#include "core/images/registry_client.hpp"
#include "core/services/images/image_progress.hpp"
#include "core/services/images/layer_install.hpp"
#include "core/state/event_bus.hpp"

namespace gantry::services {

class ImagePull {
 public:
  struct Request {
    images::Reference reference;  // without tag and digest: all tags of the repository
    std::optional<images::Platform> platform;
    images::RegistryAuth auth;
  };

  ImagePull(images::ImageStore& store, images::BlobStore& blobs, images::ContentLeases& leases,
            LayerInstall& installer, state::EventBus& events, images::RegistryOptions options)
      : store_(store),
        blobs_(blobs),
        leases_(leases),
        installer_(installer),
        events_(events),
        options_(std::move(options)) {}

  /// Blocks; ends with Error{cancelled} when the client goes away or `stop` fires. Errors in
  /// Docker's words (behaviours.md 9.6); nothing but resumable partial blobs stays.
  void run(const Request& request, const ProgressOutput& output, const std::stop_token& stop = {});

 private:
  struct Session;  // what one run shares
  struct Found;    // a manifest and where it came from
  void pull_all(Session& session);
  /// True when the reference now names another image than before.
  bool pull_one(const images::Reference& reference, Session& session);
  Found find_manifest(images::RegistryClient& client, const images::Reference& reference,
                      Session& session);
  images::ImagePtr fetch(const Found& found, const images::Reference& reference,
                         const std::vector<images::Reference>& names, Session& session);

  images::ImageStore& store_;
  images::BlobStore& blobs_;
  images::ContentLeases& leases_;
  LayerInstall& installer_;
  state::EventBus& events_;
  const images::RegistryOptions options_;
};

}  // namespace gantry::services
