#include "core/services/images/image_pull.hpp"

#include "core/base/error.hpp"
#include "core/images/image_document.hpp"
#include "core/images/manifest.hpp"
#include "core/images/media_types.hpp"
#include "core/images/progress.hpp"
#include "core/services/images/image_events.hpp"
#include "core/services/images/layer_pipeline.hpp"
#include "core/services/images/read_from_any.hpp"
#include "core/services/images/registry_transfer.hpp"

namespace gantry::services {

using images::Descriptor;
using images::ImagePtr;
using images::Reference;

struct ImagePull::Session : RegistryTransfer {
  Session(const images::RegistryEndpoint& endpoint, const Request& given, ProgressBoard& to,
          const images::RegistryOptions& options, const std::stop_token& client_gone)
      : RegistryTransfer(endpoint, given.reference, given.auth, to, options, client_gone),
        request(given) {}

  const Request& request;
};

struct ImagePull::Found {
  std::string digest;  // what the reference stands for: an index's or the manifest's own
  Descriptor descriptor;
  std::string content;
  images::Manifest manifest;
};

namespace {

void check_config(const images::ImageConfig& config, const images::Manifest& manifest) {
  if (config.diff_ids.size() != manifest.layers.size())
    throw Error(Errc::internal, "layers from manifest don't match image configuration");
  if (config.platform.os != "linux")
    throw Error(Errc::internal,
                "image operating system \"" + config.platform.os +
                    "\" cannot be used on this platform: operating system is not supported");
}

}  // namespace

ImagePull::Found ImagePull::find_manifest(images::RegistryClient& client,
                                          const Reference& reference, Session& session) {
  const std::string version = reference.digest.empty() ? reference.tag : reference.digest;
  const images::Platform wanted = session.request.platform.value_or(images::host_platform());
  images::FetchedManifest fetched = client.manifest(version, reference);
  // By digest the whole name, as in dockerd.
  session.board.line(images::status_line(
      "Pulling from " + reference.path,
      reference.digest.empty() ? version : reference.name() + "@" + reference.digest));
  const std::string digest = fetched.descriptor.digest;
  for (int depth = 0;; ++depth) {
    images::ManifestDocument document =
        images::parse_manifest(fetched.content, fetched.descriptor.media_type);
    if (document.manifest) {
      fetched.descriptor.media_type = document.manifest->media_type;
      return {digest, fetched.descriptor, std::move(fetched.content),
              std::move(*document.manifest)};
    }
    if (depth == images::kMaxIndexDepth)
      throw Error(Errc::internal, "image index is nested too deeply");
    fetched =
        client.manifest(images::choose_entry(*document.index, wanted).descriptor.digest, reference);
  }
}

ImagePtr ImagePull::fetch(const Found& found, const Reference& reference,
                          const std::vector<Reference>& names, Session& session) {
  images::Hold hold(store_);
  images::RegistryClient client(session.registry);
  const std::string config_text = client.config(found.manifest.config, reference);
  const images::ImageConfig config = images::parse_image_config(config_text);
  check_config(config, found.manifest);

  Descriptor config_blob = found.manifest.config;
  config_blob.size = config_text.size();
  if (config_blob.media_type.empty()) config_blob.media_type = images::media::kOciConfig;
  images::ImageRecord image = images::make_record(config_blob, config);
  image.manifest = found.descriptor;
  for (std::size_t i = 0; i < image.layers.size(); ++i)
    image.layers[i].blob = found.manifest.layers[i];

  for (const std::string& digest : images::ImageStore::needs_of(image)) hold.add(digest);
  try {
    LayerPipeline pipeline(session.registry, session.halt, store_, blobs_, leases_, installer_,
                           session.board);
    pipeline.run(image.layers, reference);
    blobs_.put(config_text, config_blob.media_type);
    blobs_.put(found.content, found.descriptor.media_type);
  } catch (const Error& e) {
    // The layers that did come need not come again, unless they are what went wrong or fill the
    // disk.
    const bool others_go_on = session.registry.is_mirror() && e.code() != Errc::exhausted;
    if (e.code() == Errc::cancelled || e.code() == Errc::unavailable || e.code() == Errc::timeout ||
        others_go_on)
      hold.keep_for_resume();
    if (e.code() == Errc::exhausted)
      for (const images::ImageLayer& layer : image.layers)
        if (!leases_.is_taken(layer.blob.digest)) blobs_.remove_partial(layer.blob.digest);
    throw;
  }
  return store_.commit(image, names);
}

bool ImagePull::pull_one(const Reference& reference, Session& session) {
  images::RegistryClient client(session.registry);
  const Found found = find_manifest(client, reference, session);

  Reference by_digest = reference;
  by_digest.tag.clear();
  by_digest.digest = found.digest;
  std::vector<Reference> names{by_digest};
  if (reference.digest.empty()) names.push_back(reference);
  const ImagePtr before = store_.find_named(reference);

  // An image that is here needs new names only; its layers are not even mentioned.
  ImagePtr image;
  if (const images::PinnedImage pinned = store_.find_pinned(found.manifest.config.digest);
      pinned.image)
    image = store_.commit(*pinned.image, names);
  else
    image = fetch(found, reference, names, session);

  const auto& platform = session.request.platform;
  if (platform && !images::platform_runs(*platform, image->platform))
    session.board.line(images::status_line(
        "WARNING: " + images::platform_mismatch(reference.familiar(), image->platform, *platform)));
  session.board.line(images::status_line("Digest: " + found.digest));
  return !before || before->id != image->id;
}

void ImagePull::pull_all(Session& session) {
  const Reference& reference = session.request.reference;
  std::vector<Reference> wanted{reference};
  if (!reference.has_version()) {
    wanted.clear();
    images::RegistryClient client(session.registry);
    for (const std::string& tag : client.tags(reference)) {
      wanted.push_back(reference);
      wanted.back().tag = tag;
    }
    if (wanted.empty() && session.registry.is_mirror())
      throw Error(Errc::not_found, "the mirror has no tag of it");
  }
  bool newer = false;
  for (const Reference& one : wanted) newer |= pull_one(one, session);
  session.board.line(images::status_line(
      (newer ? "Status: Downloaded newer image for " : "Status: Image is up to date for ") +
      reference.familiar()));
  const ImagePtr image = store_.find_named(reference);
  publish_image_event(events_, "pull", reference.familiar(), reference.familiar_name(),
                      image.get());
}

void ImagePull::run(const Request& request, const ProgressOutput& output,
                    const std::stop_token& stop) {
  if (request.reference.familiar_name() == "scratch")
    throw Error(Errc::invalid, "'scratch' is a reserved name");
  run_with_progress(
      output,
      [&](ProgressBoard& board, const std::stop_token& client_gone) {
        try {
          read_from_any(request.reference, options_, [&](const images::RegistryEndpoint& endpoint) {
            Session session(endpoint, request, board, options_, client_gone);
            pull_all(session);
          });
        } catch (const Error& e) {
          throw transfer_error(e);
        }
      },
      stop);
}

}  // namespace gantry::services
