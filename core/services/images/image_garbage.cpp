#include "core/services/images/image_garbage.hpp"

#include "core/base/error.hpp"
#include "core/base/log.hpp"

namespace gantry::services {

namespace {
// How long what a broken pull left may wait for the next try.
constexpr std::chrono::hours kPartialAge{24};
}  // namespace

ImageGarbage::ImageGarbage(images::ImageStore& store, images::BlobStore& blobs,
                           images::ContentLeases& leases, pluginhost::Runtime& runtime)
    : store_(store), blobs_(blobs), leases_(leases), runtime_(runtime) {}

ImageGarbage::Outcome ImageGarbage::remove_layer(const std::string& chain_id, Removed& removed) {
  // Needed for certain: don't wait for whoever is just unpacking it.
  if (!store_.is_garbage(chain_id)) return Outcome::needed;
  const auto lease = leases_.take(chain_id);
  if (!store_.is_garbage(chain_id)) return Outcome::needed;
  const auto size = runtime_.layer_size(chain_id);
  if (!size) return Outcome::absent;
  try {
    runtime_.layer_remove(chain_id);
  } catch (const Error& e) {
    if (e.code() == Errc::conflict) return Outcome::in_use;
    log::warn("layer " + chain_id + " cannot be removed: " + e.what());
    return Outcome::needed;
  }
  removed.layers.push_back(chain_id);
  removed.bytes += *size;
  return Outcome::removed;
}

void ImageGarbage::remove_blob(const std::string& digest, Blobs mode, Removed& removed) {
  if (!store_.is_garbage(digest)) return;
  const auto lease = leases_.take(digest);
  if (!store_.is_garbage(digest)) return;
  if (mode == Blobs::set_aside)
    blobs_.set_aside(digest);
  else
    removed.bytes += blobs_.remove(digest);
}

ImageGarbage::Removed ImageGarbage::remove(const std::vector<std::string>& digests, Blobs mode) {
  Removed removed;
  // Children before their parents. Layers of several images may come in any order: go round as long
  // as something that was in use before gets free.
  std::vector<std::string> left(digests.rbegin(), digests.rend());
  for (bool progress = true; progress && !left.empty();) {
    progress = false;
    std::vector<std::string> in_use;
    for (const std::string& chain_id : left) {
      const Outcome outcome = remove_layer(chain_id, removed);
      if (outcome == Outcome::removed) progress = true;
      if (outcome == Outcome::in_use) in_use.push_back(chain_id);
    }
    left = std::move(in_use);
  }
  for (const std::string& digest : digests) remove_blob(digest, mode, removed);
  return removed;
}

std::vector<std::string> ImageGarbage::all_garbage() const {
  std::vector<std::string> digests = runtime_.layer_list();
  for (std::string& digest : blobs_.list()) digests.push_back(std::move(digest));
  std::erase_if(digests, [&](const std::string& digest) { return !store_.is_garbage(digest); });
  return digests;
}

ImageGarbage::Removed ImageGarbage::sweep_at_boot(bool records_were_lost) {
  const std::vector<std::string> garbage = all_garbage();
  records_were_lost |= store_.count() == 0 || store_.unreadable() > 0;
  Removed removed;
  if (!records_were_lost)
    removed = remove(garbage, Blobs::set_aside);
  else if (!garbage.empty())
    log::warn("parts of images are here that no record knows: kept until images are pruned");
  removed.bytes += blobs_.clean_temporary();
  removed.bytes += blobs_.clean_partial(kPartialAge);
  return removed;
}

ImageGarbage::Removed ImageGarbage::sweep() {
  Removed removed = remove(all_garbage(), Blobs::remove);
  removed.bytes += blobs_.clean_partial(kPartialAge);
  return removed;
}

}  // namespace gantry::services
