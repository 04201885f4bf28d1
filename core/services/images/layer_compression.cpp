#include "core/services/images/layer_compression.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "core/base/error.hpp"
#include "core/images/gzip.hpp"
#include "core/images/manifest.hpp"
#include "core/images/media_types.hpp"

namespace gantry::services {
namespace {

constexpr std::size_t kThreads = 4;

bool is_plain(const images::ImageLayer& layer) {
  return layer.blob.media_type == images::media::kOciLayer ||
         layer.blob.media_type == images::media::kDockerLayer;
}

}  // namespace

images::Descriptor LayerCompression::pack(const images::ImageLayer& layer, images::Hold& hold,
                                          const std::stop_token& stop) {
  const UniqueFd plain = blobs_.open(layer.blob.digest);
  images::IncomingBlob packed = blobs_.begin();
  images::gzip(plain.get(), [&](std::string_view piece) {
    if (stop.stop_requested()) throw Error(Errc::cancelled, "context canceled");
    packed.append(piece.data(), piece.size());
  });
  const std::string digest = packed.finish();
  const auto lease = leases_.take(digest, stop);
  hold.add(digest);
  packed.commit();
  const bool docker = layer.blob.media_type == images::media::kDockerLayer;
  return {std::string(docker ? images::media::kDockerLayerGzip : images::media::kOciLayerGzip),
          digest, packed.size()};
}

images::PinnedImage LayerCompression::run(images::PinnedImage image, const std::stop_token& stop) {
  if (!image->repo_digests.empty()) return image;
  images::ImageRecord record = *image.image;
  std::vector<images::ImageLayer*> left;
  images::Hold hold(store_);
  for (images::ImageLayer& layer : record.layers) {
    if (!is_plain(layer)) continue;
    const auto known = store_.find_packed(layer.diff_id);
    // Held first: the other image may go in this moment, and the blob with it.
    if (known) hold.add(known->digest);
    if (known && blobs_.has(known->digest, known->size))
      layer.blob = *known;
    else
      left.push_back(&layer);
  }

  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::exception_ptr failure;
  const auto work = [&] {
    try {
      images::Hold packed(store_);
      for (std::size_t i = next++; i < left.size(); i = next++) {
        const images::Descriptor blob = pack(*left[i], packed, stop);
        const std::lock_guard lock(mutex);
        left[i]->blob = blob;
        hold.add(blob.digest);
      }
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!failure) failure = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < std::min(kThreads, left.size()); ++i) threads.emplace_back(work);
  }
  if (failure) std::rethrow_exception(failure);

  std::vector<images::Descriptor> blobs;
  for (const images::ImageLayer& layer : record.layers) blobs.push_back(layer.blob);
  const std::string manifest = images::write_manifest(record.config, blobs);
  record.manifest = blobs_.describe(manifest, images::media::kOciManifest);
  if (record.manifest.digest == image->manifest.digest) return image;
  hold.add(record.manifest.digest);
  blobs_.put(manifest, images::media::kOciManifest);
  store_.replace_content(record);
  return store_.pin(record.id);
}

}  // namespace gantry::services
