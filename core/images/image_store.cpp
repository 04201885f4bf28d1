#include "core/images/image_store.hpp"

#include <utility>

#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/base/text.hpp"
#include "core/images/image_document.hpp"
#include "core/json/reader.hpp"
#include "core/json/writer.hpp"

namespace gantry::images {
namespace {

constexpr std::string_view kImageKind = "image";
constexpr std::string_view kNameKind = "image_name";  // reference -> image id

// "name:tag@digest" names what "name@digest" names; a bare name means its tag "latest".
std::string key_of(const Reference& reference) {
  Reference key = reference.with_default_tag();
  if (!key.digest.empty()) key.tag.clear();
  return key.str();
}

std::string name_document(const std::string& id) {
  json::Writer out;
  out.begin_object().field("image", id).end_object();
  return out.take();
}

}  // namespace

ImageStore::ImageStore(state::Journal& journal) : journal_(journal) {
  journal_.each(kImageKind, [&](std::string id, std::string document) {
    try {
      auto image = std::make_shared<const ImageRecord>(read_image_document(document));
      count_needs_locked(*image, +1);
      images_.emplace(std::move(id), std::move(image));
    } catch (const Error& e) {
      log::error("image " + id + " cannot be read and is left out: " + e.what());
      ++unreadable_;
    }
  });
  journal_.each(kNameKind, [&](std::string name, std::string document) {
    try {
      std::string id = json::Document::parse(std::move(document)).root()["image"].str();
      if (images_.count(id) > 0) names_.emplace(std::move(name), std::move(id));
    } catch (const Error& e) {
      log::error("the image name " + name + " cannot be read and is left out: " + e.what());
    }
  });
  std::vector<std::string> ids;
  for (const auto& [id, image] : images_) ids.push_back(id);
  for (const std::string& id : ids) refresh_locked(id);
}

// --- reading
// ---------------------------------------------------------------------------------------

ImagePtr ImageStore::find_prefix_locked(std::string_view prefix) const {
  if (prefix.starts_with("sha256:")) prefix.remove_prefix(7);
  if (prefix.empty() || prefix.find_first_not_of("0123456789abcdef") != std::string_view::npos)
    return nullptr;
  const std::string from = "sha256:" + std::string(prefix);
  const auto first = images_.lower_bound(from);
  if (first == images_.end() || !first->first.starts_with(from)) return nullptr;
  const auto second = std::next(first);
  // As in Docker an ambiguous prefix is an unknown image.
  if (second != images_.end() && second->first.starts_with(from) && first->first != from)
    return nullptr;
  return first->second;
}

ImagePtr ImageStore::find_locked(std::string_view given) const {
  const AnyReference any = parse_any_reference(given);
  if (!any.name) {
    const auto it = images_.find(any.image_id);
    return it == images_.end() ? nullptr : it->second;
  }
  const auto named = names_.find(key_of(*any.name));
  if (named != names_.end()) return images_.at(named->second);
  return find_prefix_locked(given);
}

ImagePtr ImageStore::find(std::string_view reference) const {
  const std::lock_guard lock(mutex_);
  return find_locked(reference);
}

namespace {
[[noreturn]] void throw_missing(std::string_view given) {
  const AnyReference any = parse_any_reference(given);
  throw Error(
      Errc::not_found,
      "No such image: " + (any.name ? any.name->with_default_tag().familiar() : any.image_id));
}
}  // namespace

ImagePtr ImageStore::get(std::string_view reference) const {
  if (ImagePtr image = find(reference)) return image;
  throw_missing(reference);
}

ImagePtr ImageStore::find_id(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto it = images_.find(id);
  return it == images_.end() ? nullptr : it->second;
}

PinnedImage ImageStore::find_pinned(std::string_view reference) {
  PinnedImage pinned{nullptr, Hold(*this)};
  const std::lock_guard lock(mutex_);
  pinned.image = find_locked(reference);
  if (pinned.image) {
    pinned.hold.digests_ = needs_of(*pinned.image);
    for (const std::string& digest : pinned.hold.digests_) ++needs_[digest];
  }
  return pinned;
}

PinnedImage ImageStore::pin(std::string_view reference) {
  PinnedImage pinned = find_pinned(reference);
  if (!pinned.image) throw_missing(reference);
  return pinned;
}

std::vector<ImagePtr> ImageStore::list() const {
  const std::lock_guard lock(mutex_);
  std::vector<ImagePtr> all;
  all.reserve(images_.size());
  for (const auto& [id, image] : images_) all.push_back(image);
  return all;
}

size_t ImageStore::count() const {
  const std::lock_guard lock(mutex_);
  return images_.size();
}

ImagePtr ImageStore::find_base(const ImageRecord& image) const {
  return image.parent.empty() ? nullptr : find_id(image.parent);
}

ImagePtr ImageStore::find_parent(const ImageRecord& image) const {
  return image.buildkit == BuildKitRole::none ? find_base(image) : nullptr;
}

std::vector<ImagePtr> ImageStore::children(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  std::vector<ImagePtr> found;
  for (const auto& [child, image] : images_)
    if (!id.empty() && image->parent == id && image->buildkit == BuildKitRole::none)
      found.push_back(image);
  return found;
}

std::vector<ImagePtr> ImageStore::steps_from(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  std::vector<ImagePtr> found;
  for (const auto& [child, image] : images_)
    if (image->parent == id && !image->built_by.empty()) found.push_back(image);
  return found;
}

std::set<std::string> ImageStore::parents() const {
  const std::lock_guard lock(mutex_);
  std::set<std::string> found;
  for (const auto& [id, image] : images_)
    if (image->buildkit == BuildKitRole::none && images_.count(image->parent) > 0)
      found.insert(image->parent);
  return found;
}

std::vector<Reference> ImageStore::references(const std::string& id) const {
  std::vector<Reference> found;
  const std::lock_guard lock(mutex_);
  for (const auto& [name, image_id] : names_)
    if (image_id == id) found.push_back(parse_reference(name));
  return found;
}

std::vector<Reference> ImageStore::repository(const Reference& reference) const {
  std::vector<Reference> found;
  const std::string name = reference.name();
  const std::lock_guard lock(mutex_);
  for (auto it = names_.lower_bound(name); it != names_.end() && it->first.starts_with(name);
       ++it) {
    const char next = it->first.size() > name.size() ? it->first[name.size()] : '\0';
    if (next == ':' || next == '@') found.push_back(parse_reference(it->first));
  }
  return found;
}

ImagePtr ImageStore::find_named(const Reference& reference) const {
  const std::lock_guard lock(mutex_);
  const auto it = names_.find(key_of(reference));
  return it == names_.end() ? nullptr : images_.at(it->second);
}

std::string ImageStore::find_diff_id(const std::string& blob_digest) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [id, image] : images_)
    for (const ImageLayer& layer : image->layers)
      if (layer.blob.digest == blob_digest) return layer.diff_id;
  return {};
}

std::optional<Descriptor> ImageStore::find_packed(const std::string& diff_id) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [id, image] : images_)
    for (const ImageLayer& layer : image->layers)
      if (layer.diff_id == diff_id && layer.blob.digest != diff_id) return layer.blob;
  return std::nullopt;
}

std::optional<ImageLayer> ImageStore::find_layer(const std::string& chain_id) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [id, image] : images_)
    for (const ImageLayer& layer : image->layers)
      if (layer.chain_id == chain_id) return layer;
  return std::nullopt;
}

// --- writing
// ---------------------------------------------------------------------------------------

ImagePtr ImageStore::commit(const ImageRecord& image, const std::vector<Reference>& references) {
  const std::lock_guard lock(mutex_);
  // The same image by another manifest (other compression): the content already here stays, the
  // blobs of the new manifest are garbage once the caller's hold ends.
  const bool is_new = images_.count(image.id) == 0;
  auto fresh = std::make_shared<ImageRecord>(is_new ? image : *images_.at(image.id));
  if (!image.parent.empty()) fresh->parent = image.parent;
  if (!image.built_by.empty()) fresh->built_by = image.built_by;
  // Made once more, as something else: it is an image, and a build may go on from it.
  if (fresh->buildkit != image.buildkit) fresh->buildkit = BuildKitRole::result;
  if (!references.empty()) fresh->last_tag_time = now_nanos();
  std::vector<state::Journal::Change> changes{
      {std::string(kImageKind), image.id, write_image_document(*fresh)}};
  for (const Reference& reference : references)
    changes.push_back({std::string(kNameKind), key_of(reference), name_document(image.id)});
  journal_.apply(changes);

  if (is_new) count_needs_locked(image, +1);
  images_[image.id] = std::move(fresh);
  for (const Reference& reference : references) point_locked(key_of(reference), image.id);
  refresh_locked(image.id);
  return images_.at(image.id);
}

void ImageStore::replace_content(const ImageRecord& image) {
  const std::lock_guard lock(mutex_);
  const auto it = images_.find(image.id);
  if (it == images_.end()) throw Error(Errc::not_found, "No such image: " + image.id);
  auto fresh = std::make_shared<ImageRecord>(*it->second);
  fresh->manifest = image.manifest;
  fresh->layers = image.layers;
  journal_.apply({{std::string(kImageKind), image.id, write_image_document(*fresh)}});
  count_needs_locked(*fresh, +1);
  count_needs_locked(*it->second, -1);
  it->second = std::move(fresh);
}

void ImageStore::tag(const std::string& id, const Reference& reference) {
  const std::lock_guard lock(mutex_);
  const auto it = images_.find(id);
  if (it == images_.end()) throw Error(Errc::not_found, "No such image: " + id);
  ImageRecord stamped = *it->second;
  stamped.last_tag_time = now_nanos();
  if (stamped.is_step()) stamped.buildkit = BuildKitRole::result;
  const std::string key = key_of(reference);
  journal_.apply({{std::string(kImageKind), id, write_image_document(stamped)},
                  {std::string(kNameKind), key, name_document(id)}});
  it->second = std::make_shared<const ImageRecord>(std::move(stamped));
  point_locked(key, id);
  refresh_locked(id);
}

void ImageStore::set_role(const std::string& id, BuildKitRole role) {
  const std::lock_guard lock(mutex_);
  const auto it = images_.find(id);
  if (it == images_.end()) throw Error(Errc::not_found, "No such image: " + id);
  if (it->second->buildkit == role) return;
  ImageRecord changed = *it->second;
  changed.buildkit = role;
  journal_.put(kImageKind, id, write_image_document(changed));
  it->second = std::make_shared<const ImageRecord>(std::move(changed));
}

bool ImageStore::untag(const Reference& reference) {
  const std::lock_guard lock(mutex_);
  const auto it = names_.find(key_of(reference));
  if (it == names_.end()) return false;
  journal_.erase(kNameKind, it->first);
  const std::string id = it->second;
  names_.erase(it);
  refresh_locked(id);
  return true;
}

void ImageStore::erase(const std::string& id) {
  const std::lock_guard lock(mutex_);
  const auto it = images_.find(id);
  if (it == images_.end()) return;
  std::vector<state::Journal::Change> changes{{std::string(kImageKind), id, {}}};
  for (const auto& [name, image_id] : names_)
    if (image_id == id) changes.push_back({std::string(kNameKind), name, {}});
  journal_.apply(changes);
  std::erase_if(names_, [&](const auto& entry) { return entry.second == id; });
  count_needs_locked(*it->second, -1);
  images_.erase(it);
}

// Points a name at an image; the image that had it loses it in its snapshot.
void ImageStore::point_locked(const std::string& key, const std::string& id) {
  std::string& target = names_[key];
  const std::string previous = std::exchange(target, id);
  if (!previous.empty() && previous != id) refresh_locked(previous);
}

// Makes a new snapshot with the names as they are now, in the order of their full names: clients
// take the first one.
void ImageStore::refresh_locked(const std::string& id) {
  auto fresh = std::make_shared<ImageRecord>(*images_.at(id));
  fresh->repo_tags.clear();
  fresh->repo_digests.clear();
  for (const auto& [name, image_id] : names_) {
    if (image_id != id) continue;
    const Reference reference = parse_reference(name);
    (reference.digest.empty() ? fresh->repo_tags : fresh->repo_digests)
        .push_back(reference.familiar());
  }
  images_[id] = std::move(fresh);
}

}  // namespace gantry::images
