// Who needs a blob or an unpacked layer: images, and whoever works with them.
#include <utility>

#include "core/base/log.hpp"
#include "core/images/image_store.hpp"

namespace gantry::images {

Hold::Hold(Hold&& other) noexcept
    : store_(std::exchange(other.store_, nullptr)),
      digests_(std::move(other.digests_)),
      resumable_(other.resumable_) {}

Hold& Hold::operator=(Hold&& other) noexcept {
  if (this != &other) {
    release();
    store_ = std::exchange(other.store_, nullptr);
    digests_ = std::move(other.digests_);
    resumable_ = other.resumable_;
  }
  return *this;
}

void Hold::add(const std::string& digest) {
  digests_.push_back(digest);
  store_->hold(digest);
}

void Hold::release() noexcept {
  if (store_ && !digests_.empty()) store_->unhold(digests_, resumable_);
  digests_.clear();
}

std::vector<std::string> ImageStore::needs_of(const ImageRecord& image) {
  std::vector<std::string> digests{image.config.digest, image.manifest.digest};
  for (const ImageLayer& layer : image.layers) {
    digests.push_back(layer.blob.digest);
    digests.push_back(layer.chain_id);
  }
  return digests;
}

void ImageStore::count_needs_locked(const ImageRecord& image, int step) {
  for (const std::string& digest : needs_of(image)) {
    int& count = needs_[digest];
    count += step;
    if (count == 0) needs_.erase(digest);
  }
}

bool ImageStore::is_garbage(const std::string& digest) const {
  const std::lock_guard lock(mutex_);
  return needs_.count(digest) == 0;
}

bool ImageStore::is_pinned(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto image = images_.find(id);
  if (image == images_.end()) return false;
  // Once for the record itself.
  const auto needs = needs_.find(image->second->config.digest);
  return needs != needs_.end() && needs->second > 1;
}

void ImageStore::hold(const std::string& digest) {
  const std::lock_guard lock(mutex_);
  ++needs_[digest];
}

void ImageStore::unhold(const std::vector<std::string>& digests, bool resumable) noexcept {
  std::vector<std::string> freed;
  {
    const std::lock_guard lock(mutex_);
    for (const std::string& digest : digests) {
      const auto it = needs_.find(digest);
      if (it == needs_.end() || --it->second > 0) continue;
      needs_.erase(it);
      freed.push_back(digest);
    }
  }
  if (freed.empty() || !on_garbage_) return;
  try {
    on_garbage_(freed, resumable);
  } catch (const std::exception& e) {
    // Garbage that stays now goes at the next sweep.
    log::warn(std::string("removing unneeded image content: ") + e.what());
  }
}

}  // namespace gantry::images
