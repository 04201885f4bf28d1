#include "core/services/images/image_push.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include "core/base/error.hpp"
#include "core/images/manifest.hpp"
#include "core/images/progress.hpp"
#include "core/images/registry_upload.hpp"
#include "core/services/images/image_events.hpp"
#include "core/services/images/layer_upload.hpp"
#include "core/services/images/registry_transfer.hpp"

namespace gantry::services {

using images::ImageLayer;
using images::ImageRecord;
using images::Reference;

struct ImagePush::Session : RegistryTransfer {
  Session(const Request& given, ProgressBoard& to, const images::RegistryOptions& options,
          const std::stop_token& client_gone)
      : RegistryTransfer(images::registry_endpoint(given.reference.domain, options),
                         given.reference, given.auth, to, options, client_gone),
        request(given) {}

  const Request& request;
  std::map<std::string, std::string> mounts;  // blob -> repository of the registry that has it
};

std::vector<Reference> ImagePush::tags_of(const Reference& reference) const {
  std::vector<Reference> tags;
  for (Reference& known : store_.repository(reference))
    if (!known.tag.empty()) tags.push_back(std::move(known));
  if (tags.empty())
    throw Error(Errc::not_found,
                "An image does not exist locally with the tag: " + reference.familiar_name());
  if (reference.tag.empty()) return tags;
  if (std::find(tags.begin(), tags.end(), reference) == tags.end())
    throw Error(Errc::not_found, "tag does not exist: " + reference.familiar());
  return {reference};
}

// By the names that images have: where one came from, or went to.
std::map<std::string, std::string> ImagePush::mount_sources(const Reference& target) const {
  std::map<std::string, std::string> sources;
  for (const images::ImagePtr& image : store_.list())
    for (const Reference& name : store_.references(image->id)) {
      // A tag alone does not say that it has ever been there.
      if (name.digest.empty() || name.domain != target.domain || name.path == target.path) continue;
      for (const ImageLayer& layer : image->layers) sources.emplace(layer.blob.digest, name.path);
    }
  return sources;
}

void ImagePush::push_layers(const ImageRecord& image, Session& session) {
  std::vector<const ImageLayer*> wanted;
  std::set<std::string> seen;
  for (auto layer = image.layers.rbegin(); layer != image.layers.rend(); ++layer) {
    session.board.step(images::short_id(layer->diff_id), "Preparing");
    if (seen.insert(layer->blob.digest).second) wanted.push_back(&*layer);
  }
  const std::size_t parallel = std::min<std::size_t>(options_.parallel_uploads, wanted.size());
  for (std::size_t i = parallel; i < wanted.size(); ++i)
    session.board.step(images::short_id(wanted[i]->diff_id), "Waiting");

  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::exception_ptr failure;
  const auto work = [&] {
    try {
      LayerUpload upload(session.registry, session.request.reference, session.request.auth, blobs_,
                         session.board);
      for (std::size_t i = next++; i < wanted.size(); i = next++) {
        const auto source = session.mounts.find(wanted[i]->blob.digest);
        upload.run(*wanted[i], source == session.mounts.end() ? "" : source->second);
      }
    } catch (...) {
      {
        const std::lock_guard lock(mutex);
        if (!failure) failure = std::current_exception();
      }
      session.halt.request_stop();
    }
  };
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < parallel; ++i) threads.emplace_back(work);
  }
  if (failure) std::rethrow_exception(failure);
}

void ImagePush::push_one(const Reference& reference, const ImageRecord& image, Session& session) {
  push_layers(image, session);
  images::RegistryUpload upload(session.registry);
  if (!upload.has_blob(image.config.digest))
    upload.put_blob(image.config.digest, blobs_.read(image.config.digest, images::kMaxConfigBytes));
  upload.put_manifest(reference.tag, image.manifest,
                      blobs_.read(image.manifest.digest, images::kMaxManifestBytes));

  Reference by_digest = reference;
  by_digest.tag.clear();
  by_digest.digest = image.manifest.digest;
  try {
    store_.tag(image.id, by_digest);
  } catch (const Error& error) {
    if (error.code() != Errc::not_found) throw;  // removed meanwhile: it is pushed all the same
  }
  session.board.line(images::status_line(reference.tag + ": digest: " + image.manifest.digest +
                                         " size: " + std::to_string(image.manifest.size)));
  session.board.line(
      images::pushed_line(reference.tag, image.manifest.digest, image.manifest.size));
  publish_image_event(events_, "push", reference.familiar(), reference.familiar_name(), &image);
}

void ImagePush::push_all(Session& session) {
  const Reference& target = session.request.reference;
  session.board.line(images::status_line("The push refers to repository [" + target.name() + "]"));
  const std::vector<Reference> tags = tags_of(target);

  session.mounts = mount_sources(target);
  session.registry.want_scopes({images::push_scope(target)});
  // A registry that is not there is said at once: layers are tried again and again.
  images::RegistryUpload(session.registry).ping();
  for (const Reference& tag : tags) {
    images::PinnedImage pinned = store_.pin(tag.str());
    if (const auto& platform = session.request.platform)
      images::require_platform(tag.familiar(), pinned->platform, *platform);
    pinned = compression_.run(std::move(pinned), session.halt.get_token());
    push_one(tag, *pinned.image, session);
  }
}

void ImagePush::run(const Request& request, const ProgressOutput& output) {
  run_with_progress(output, [&](ProgressBoard& board, const std::stop_token& client_gone) {
    try {
      Session session(request, board, options_, client_gone);
      push_all(session);
    } catch (const Error& e) {
      throw transfer_error(e);
    }
  });
}

}  // namespace gantry::services
