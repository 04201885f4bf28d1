// Brings one layer blob into the store: continues what an earlier try left, goes on after broken
// and stalled connections, verifies. Used by the download threads of one pull, each with its own
// object.
#pragma once

#include <string>

#include "core/images/blob_store.hpp"
#include "core/images/content_leases.hpp"
#include "core/images/registry_client.hpp"
#include "core/services/images/image_progress.hpp"

namespace gantry::services {

class LayerDownload {
 public:
  LayerDownload(images::RegistrySession& session, images::BlobStore& blobs,
                images::ContentLeases& leases, ProgressBoard& board,
                const images::Reference& reference)
      : session_(session),
        client_(session),
        blobs_(blobs),
        leases_(leases),
        board_(board),
        reference_(reference) {}

  /// At once when the blob is there. Throws Error{cancelled}, the last try's error, or
  /// Error{internal} `filesystem layer verification failed for digest …`.
  void run(const images::Descriptor& blob);

 private:
  /// `reached`: how far into the blob any try has come.
  void try_once(const images::Descriptor& blob, std::uint64_t& reached);
  void fetch(images::IncomingBlob& incoming, const images::Descriptor& blob,
             std::uint64_t& reached);

  images::RegistrySession& session_;
  images::RegistryClient client_;
  images::BlobStore& blobs_;
  images::ContentLeases& leases_;
  ProgressBoard& board_;
  const images::Reference& reference_;
};

}  // namespace gantry::services
