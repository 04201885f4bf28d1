#include "core/services/images/image_assembly.hpp"

#include "core/base/error.hpp"
#include "core/images/chain_id.hpp"
#include "core/images/image_document.hpp"
#include "core/images/manifest.hpp"
#include "core/images/media_types.hpp"
#include "core/services/images/image_events.hpp"

namespace gantry::services {

images::PinnedImage ImageAssembly::run(Request request, const std::stop_token& stop) {
  std::vector<images::ImageLayer> layers;
  if (request.parent != nullptr) layers = request.parent->layers;
  images::Hold hold(store_);
  if ((request.layer || request.ready_layer) && layers.size() >= images::kMaxLayers)
    throw Error(Errc::invalid, "max depth exceeded");
  if (request.layer) {
    // Layers are kept as plain tars: their digest is the diff id, which unpacking needs to know
    // beforehand.
    images::IncomingBlob& tar = request.layer->tar;
    const std::string diff_id = tar.finish();
    const std::string below = layers.empty() ? std::string() : layers.back().chain_id;
    LayerInstall::Request unpack;
    unpack.parent = below;
    unpack.diff_id = unpack.blob = diff_id;
    unpack.chain_id = images::chain_id(below, diff_id);
    unpack.mismatch = "the layer changed while it was read";
    unpack.root = request.layer->root;
    unpack.left_out = request.layer->left_out;
    {
      // Nobody removes the same content as garbage between the two.
      const auto lease = leases_.take(diff_id, stop);
      hold.add(diff_id);
      tar.commit();
    }
    hold.add(unpack.chain_id);
    images::ImageLayer layer;
    layer.blob = {std::string(images::media::kOciLayer), diff_id, tar.size()};
    layer.diff_id = diff_id;
    layer.chain_id = unpack.chain_id;
    layer.unpacked_size = installer_.run(unpack, stop);
    layers.push_back(std::move(layer));
  }
  if (request.ready_layer) layers.push_back(*request.ready_layer);

  request.config.diff_ids.clear();
  std::vector<images::Descriptor> blobs;
  for (const images::ImageLayer& layer : layers) {
    request.config.diff_ids.push_back(layer.diff_id);
    blobs.push_back(layer.blob);
  }
  const std::string config_text = images::write_image_config(request.config);
  const images::Descriptor config_blob = blobs_.describe(config_text, images::media::kOciConfig);
  images::ImageRecord image = images::make_record(config_blob, request.config);
  image.layers = std::move(layers);
  // A step that changes nothing, its history included, gives the same image again.
  if (request.parent != nullptr && request.parent->id != image.id)
    image.parent = request.parent->id;
  image.built_by = request.built_by;
  image.buildkit = request.buildkit;
  const std::string manifest_text = images::write_manifest(config_blob, blobs);
  image.manifest = blobs_.describe(manifest_text, images::media::kOciManifest);
  for (const std::string& digest : images::ImageStore::needs_of(image)) hold.add(digest);
  blobs_.put(config_text, images::media::kOciConfig);
  blobs_.put(manifest_text, images::media::kOciManifest);

  std::vector<images::Reference> names;
  if (request.name) names.push_back(request.name->with_default_tag());
  const images::ImagePtr made = store_.commit(image, names);
  if (!request.event.empty())
    publish_image_event(events_, request.event, image.id, image.id, made.get());
  for (const images::Reference& name : names)
    publish_image_event(events_, "tag", image.id, name.familiar(), made.get());
  return {made, std::move(hold)};
}

}  // namespace gantry::services
