// Unpacks one layer of an image at the runtime and makes sure that it is what its name says: the
// plain tar is hashed on its way, because everyone whose image names the same diff id will get this
// layer. Any thread; memory: one decompressor and a pipe. Two threads while it runs.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/images/blob_store.hpp"
#include "core/images/content_leases.hpp"
#include "core/pluginhost/runtime.hpp"

namespace gantry::services {

class LayerInstall {
 public:
  struct Request {
    std::string chain_id, parent;  // parent: chain id below, "" for none
    std::string diff_id;
    std::string blob;            // digest in the store; plain, gzip, zstd, bzip2 or xz
    bool blob_verified = false;  // known from another image to hold this diff id
    std::string mismatch;        // error text when it holds another one; "%s" stands for that
    std::string root;  // has just this and may be taken over (root_layer.hpp); empty: none
    std::vector<std::string> left_out;  // of it
  };
  using Amount = std::function<void(std::uint64_t consumed)>;  // of the blob's bytes; any thread

  LayerInstall(images::BlobStore& blobs, images::ContentLeases& leases,
               pluginhost::Runtime& runtime)
      : blobs_(blobs), leases_(leases), runtime_(runtime) {}

  /// Unpacked size of a layer that is there.
  std::optional<std::uint64_t> find_size(const std::string& chain_id) const {
    return runtime_.layer_size(chain_id);
  }
  /// Returns the unpacked size. A layer that is there is not unpacked again, but a blob not seen
  /// before is still checked: it's what `docker save` will give out for this layer. The caller
  /// holds the digests. Throws Error{invalid} for wrong or broken content, Error{cancelled};
  /// nothing is left then.
  std::uint64_t run(const Request& request, const std::stop_token& stop, const Amount& amount = {});

 private:
  std::uint64_t unpack(const Request& request, const std::stop_token& stop, const Amount& amount);
  void check(const Request& request, const std::stop_token& stop, const Amount& amount);

  images::BlobStore& blobs_;
  images::ContentLeases& leases_;
  pluginhost::Runtime& runtime_;
};

}  // namespace gantry::services
