// Brings one layer blob to a registry, unless it is there, or can be had from another of its
// repositories; tries again after broken connections. Used by the threads of one push, each with
// its own object.
#pragma once

#include <string>

#include "core/images/blob_store.hpp"
#include "core/images/registry_upload.hpp"
#include "core/services/images/image_progress.hpp"

namespace gantry::services {

class LayerUpload {
 public:
  /// `auth`: what the session was made with.
  LayerUpload(images::RegistrySession& session, const images::Reference& target,
              const images::RegistryAuth& auth, const images::BlobStore& blobs,
              ProgressBoard& board)
      : session_(session),
        upload_(session),
        target_(target),
        auth_(auth),
        blobs_(blobs),
        board_(board) {}

  /// `mount_from`: a repository of the registry that should have the blob; empty: none is known.
  /// Throws Error{cancelled}, or the last try's error.
  void run(const images::ImageLayer& layer, const std::string& mount_from);

 private:
  bool mount(const std::string& digest, const std::string& from);
  void try_once(const images::ImageLayer& layer, const std::string& id,
                const std::string& mount_from);

  images::RegistrySession& session_;
  images::RegistryUpload upload_;
  const images::Reference& target_;
  const images::RegistryAuth& auth_;
  const images::BlobStore& blobs_;
  ProgressBoard& board_;
};

}  // namespace gantry::services
