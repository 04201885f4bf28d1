#include "core/services/images/layer_upload.hpp"

#include "core/base/log.hpp"
#include "core/services/images/transfer_retry.hpp"

namespace gantry::services {

// With a token of its own: the client may have no right to read the other repository, and the
// upload must not suffer from having asked.
bool LayerUpload::mount(const std::string& digest, const std::string& from) {
  try {
    images::RegistrySession session(target_, auth_, session_.options(), session_.stop());
    session.want_scopes({images::push_scope(target_), "repository:" + from + ":pull"});
    return images::RegistryUpload(session).mount_blob(digest, from);
  } catch (const Error& e) {
    if (e.code() == Errc::cancelled) throw;
    log::info("no mount of " + digest + " from " + from + ": " + e.what());
    return false;
  }
}

void LayerUpload::try_once(const images::ImageLayer& layer, const std::string& id,
                           const std::string& mount_from) {
  const std::string& digest = layer.blob.digest;
  if (upload_.has_blob(digest)) {
    board_.step(id, "Layer already exists");
    return;
  }
  if (!mount_from.empty() && mount(digest, mount_from)) {
    board_.step(id, "Mounted from " + mount_from);
    return;
  }
  const UniqueFd fd = blobs_.open(digest);
  const std::uint64_t size = blobs_.find_size(digest).value_or(layer.blob.size);
  board_.step(id, "Pushing");
  upload_.put_blob(digest, {fd.get(), size,
                            [&](std::uint64_t sent) { board_.amount(id, "Pushing", sent, size); }});
  board_.step(id, "Pushed");
}

void LayerUpload::run(const images::ImageLayer& layer, const std::string& mount_from) {
  // Clients know a layer of a push by its content, not by the blob.
  const std::string id = images::short_id(layer.diff_id);
  for (unsigned failures = 0;;) {
    try {
      return try_once(layer, id, mount_from);
    } catch (const Error& e) {
      if (!worth_another_try(e) || ++failures >= session_.options().tries) throw;
      log::info("upload of " + layer.blob.digest + " broke off: " + e.what());
    }
    wait_for_retry(session_, board_, id, failures);
  }
}

}  // namespace gantry::services
