#include "core/services/images/image_load.hpp"

#include <fcntl.h>

#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/images/image_document.hpp"
#include "core/images/manifest.hpp"
#include "core/images/media_types.hpp"
#include "core/images/plain_layer.hpp"
#include "core/images/platform.hpp"
#include "core/images/progress.hpp"
#include "core/services/images/image_events.hpp"

namespace gantry::services {

using images::ArchivedImage;
using images::Descriptor;
using images::ImageLayer;
using images::ImagePtr;
using images::Reference;

struct ImageLoad::Job {
  const Request& request;
  images::ArchiveSpool& spool;
  ProgressBoard& board;
  const std::stop_token& stop;

  void say(const std::string& text) { board.line(images::stream_line(text)); }
};

namespace {

[[noreturn]] void wrong_diff_id(std::size_t index, const std::string& expected,
                                const std::string& actual) {
  throw Error(Errc::invalid, "invalid diffID for layer " + std::to_string(index) + ": expected \"" +
                                 expected + "\", got \"" + actual + "\"");
}

Reference parse_name(const std::string& name) {
  const Reference reference = images::parse_reference(name);
  if (reference.tag.empty()) throw Error(Errc::invalid, "invalid tag \"" + name + "\"");
  return reference;
}

void check_platform(const images::ImageConfig& config,
                    const std::optional<images::Platform>& wanted) {
  if (config.platform.os != "linux")
    throw Error(Errc::invalid, "cannot load " + config.platform.os + " image on linux");
  if (wanted && !images::platform_runs(*wanted, config.platform))
    throw Error(Errc::not_found, "image platform (" + images::normalised(config.platform).str() +
                                     ") does not match the requested platform (" +
                                     images::normalised(*wanted).str() + ")");
}

}  // namespace

std::optional<ImageLayer> ImageLoad::find_known(const std::string& chain_id, images::Hold& hold) {
  const auto known = store_.find_layer(chain_id);
  if (!known) return std::nullopt;
  hold.add(known->blob.digest);
  // Its image may have gone before it was held.
  return blobs_.has(known->blob.digest, known->blob.size) ? known : std::nullopt;
}

// Moves one layer's file among the blobs: as it is when manifests can say so (plain, gzip, zstd),
// else unwrapped. Layers that are here already need no file, as with Docker: some tools write their
// images without, or with an empty one.
ImageLayer ImageLoad::adopt_layer(const std::string& path, ImageLayer layer, std::size_t index,
                                  images::Hold& hold, Job& job) {
  const auto known = find_known(layer.chain_id, hold);
  if (known && !job.spool.has(path)) return *known;
  images::IncomingBlob& file = job.spool.file(path);
  hold.add(file.finish());
  const bool in_store = blobs_.has(file.finish(), file.size());
  const UniqueFd fd = in_store ? blobs_.open(file.finish()) : file::open(file.file(), O_RDONLY);
  const images::Wrapping wrapping = images::detect_wrapping(fd.get());
  if (wrapping == images::Wrapping::bzip2 || wrapping == images::Wrapping::xz) {
    images::IncomingBlob unwrapped = blobs_.begin();
    images::PlainLayer plain(fd.get());
    for (std::string_view piece = plain.next(); !piece.empty(); piece = plain.next())
      unwrapped.append(piece.data(), piece.size());
    if (unwrapped.finish() != layer.diff_id)
      wrong_diff_id(index, layer.diff_id, unwrapped.finish());
    layer.blob = {std::string(images::media::kOciLayer), layer.diff_id, unwrapped.size()};
    hold.add(layer.diff_id);
    unwrapped.commit();
    return layer;
  }
  const std::string_view type = wrapping == images::Wrapping::gzip   ? images::media::kOciLayerGzip
                                : wrapping == images::Wrapping::zstd ? images::media::kOciLayerZstd
                                                                     : images::media::kOciLayer;
  layer.blob = {std::string(type), file.finish(), file.size()};
  if (wrapping == images::Wrapping::plain && layer.blob.digest != layer.diff_id) {
    if (known) return *known;
    wrong_diff_id(index, layer.diff_id, layer.blob.digest);
  }
  if (!in_store) file.commit();
  return layer;
}

ImagePtr ImageLoad::load_one(const ArchivedImage& archived, Job& job) {
  const images::ImageConfig config = images::parse_image_config(archived.config);
  check_platform(config, job.request.platform);
  if (config.diff_ids.size() != archived.layers.size())
    throw Error(Errc::invalid, "invalid manifest, layers length mismatch: expected " +
                                   std::to_string(config.diff_ids.size()) + ", got " +
                                   std::to_string(archived.layers.size()));
  const Descriptor config_blob =
      images::BlobStore::describe(archived.config, images::media::kOciConfig);
  images::ImageRecord image = images::make_record(config_blob, config);
  images::Hold hold(store_);
  hold.add(config_blob.digest);
  for (const ImageLayer& layer : image.layers) hold.add(layer.chain_id);

  for (std::size_t i = 0; i < image.layers.size(); ++i) {
    ImageLayer& layer = image.layers[i];
    layer = adopt_layer(archived.layers[i], layer, i, hold, job);
    const std::string id = images::short_id(layer.diff_id);
    LayerInstall::Request unpack;
    unpack.chain_id = layer.chain_id;
    unpack.parent = i == 0 ? std::string() : image.layers[i - 1].chain_id;
    unpack.diff_id = layer.diff_id;
    unpack.blob = layer.blob.digest;
    unpack.blob_verified = store_.find_diff_id(layer.blob.digest) == layer.diff_id;
    unpack.mismatch = "invalid diffID for layer " + std::to_string(i) + ": expected \"" +
                      layer.diff_id + "\", got \"%s\"";
    layer.unpacked_size = installer_.run(unpack, job.stop, [&](std::uint64_t consumed) {
      if (!job.request.quiet)
        job.board.amount(id, "Loading layer", std::min(consumed, layer.blob.size), layer.blob.size);
    });
  }

  // A manifest of the archive stands only for blobs that are in the store as it names them.
  std::string manifest = archived.manifest;
  for (std::size_t i = 0; i < image.layers.size(); ++i) {
    const std::string& path = archived.layers[i];
    if (!job.spool.has(path) || job.spool.file(path).finish() != image.layers[i].blob.digest)
      manifest.clear();
  }
  image.manifest = archived.manifest_blob;
  if (manifest.empty()) {
    std::vector<Descriptor> layers;
    for (const ImageLayer& layer : image.layers) layers.push_back(layer.blob);
    manifest = images::write_manifest(config_blob, layers);
    image.manifest = images::BlobStore::describe(manifest, images::media::kOciManifest);
  }
  hold.add(image.manifest.digest);
  blobs_.put(archived.config, config_blob.media_type);
  blobs_.put(manifest, image.manifest.media_type);
  return store_.commit(image, {});
}

void ImageLoad::name_image(const images::ImageRecord& image, const std::vector<Reference>& names,
                           Job& job) {
  for (const Reference& name : names) {
    const ImagePtr before = store_.find_named(name);
    if (before && before->id != image.id)
      job.say("The image " + name.familiar() + " already exists, renaming the old one with ID " +
              before->id + " to empty string\n");
    store_.tag(image.id, name);
    job.say("Loaded image: " + name.familiar() + "\n");
  }
}

void ImageLoad::run(const Request& request, const Body& body, const ProgressOutput& output) {
  images::ArchiveSpool spool(blobs_);
  spool.read(body);
  run_with_progress(output, [&](ProgressBoard& board, const std::stop_token& stop) {
    Job job{request, spool, board, stop};
    std::string unnamed;
    bool any_name = false;
    for (const ArchivedImage& archived : images::find_archived_images(spool, request.platform)) {
      std::vector<Reference> names;
      for (const std::string& name : archived.names) names.push_back(parse_name(name));
      const ImagePtr image = load_one(archived, job);
      name_image(*image, names, job);
      unnamed += "Loaded image ID: " + image->id + "\n";
      any_name |= !names.empty();
      publish_image_event(events_, "load", image->id, image->id, image.get());
    }
    if (!any_name && !unnamed.empty()) job.say(unnamed);
  });
}

}  // namespace gantry::services
