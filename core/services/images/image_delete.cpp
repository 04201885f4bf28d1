#include "core/services/images/image_delete.hpp"

#include <algorithm>
#include <set>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/images/platform.hpp"
#include "core/services/images/image_events.hpp"

namespace gantry::services {

using images::BuildKitRole;
using images::ImageRecord;
using images::Reference;
using images::short_id;

namespace {

// True for "sha256:<prefix>" and "<prefix>" of the id: the client named the image by id.
bool names_by_id(const std::string& id, const std::string& given) {
  return id.starts_with(given) || std::string_view(id).substr(7).starts_with(given);
}

// At most one tag, and all digests in its repository: removing that tag removes the image.
bool is_single_name(const std::vector<Reference>& names) {
  if (names.size() <= 1) return true;
  std::set<std::string> digest_repositories;
  const Reference* tag = nullptr;
  for (const Reference& name : names) {
    if (!name.digest.empty())
      digest_repositories.insert(name.name());
    else if (tag)
      return false;
    else
      tag = &name;
  }
  const std::string repository = (tag ? *tag : names.front()).name();
  return digest_repositories.size() == 1 && digest_repositories.count(repository) > 0;
}

[[noreturn]] void conflict(const ImageRecord& image, bool hard, const std::string& why) {
  throw Error(Errc::conflict, "conflict: unable to delete " + short_id(image.id) +
                                  (hard ? " (cannot be forced) - " : " (must be forced) - ") + why);
}

}  // namespace

void ImageDelete::untag(const Reference& name, Result& result) {
  store_.untag(name);
  result.lines.push_back({name.familiar(), {}});
}

void ImageDelete::check_conflicts(const ImageRecord& image, bool force, bool ignore_references) {
  if (!store_.children(image.id).empty()) conflict(image, true, "image has dependent child images");
  const auto uses = uses_(image.id);
  for (const images::ImageUse& use : uses)
    if (use.running)
      conflict(image, true,
               "image is being used by running container " + short_id(use.container_id));
  if (force) return;
  if (!ignore_references && !store_.references(image.id).empty())
    conflict(image, false, "image is referenced in multiple repositories");
  if (!uses.empty())
    conflict(image, false,
             "image is being used by stopped container " + short_id(uses.front().container_id));
}

bool ImageDelete::untag_named(const ImageRecord& image, const std::string& given, bool force,
                              Result& result) {
  std::vector<Reference> names = store_.references(image.id);
  if (!force && is_single_name(names)) {
    const auto uses = uses_(image.id);
    if (!uses.empty())
      throw Error(Errc::conflict, "conflict: unable to remove repository reference \"" + given +
                                      "\" (must force) - container " +
                                      short_id(uses.front().container_id) +
                                      " is using its referenced image " + short_id(image.id));
  }
  Reference named = images::parse_reference(given).with_default_tag();
  if (!named.digest.empty()) named.tag.clear();
  untag(named, result);
  publish_image_event(events_, "untag", image.id, image.id, &image);

  names = store_.references(image.id);
  const auto same_repository = [&](const Reference& n) { return n.name() == named.name(); };
  const bool tag_left = std::any_of(names.begin(), names.end(), [&](const Reference& n) {
    return n.digest.empty() && same_repository(n);
  });
  // With the last tag of a repository its digests go too: they came with it.
  if (named.digest.empty() && !tag_left)
    for (const Reference& name : names)
      if (same_repository(name)) untag(name, result);
  return !store_.references(image.id).empty();
}

void ImageDelete::erase(const ImageRecord& image, Result& result) {
  for (const Reference& name : store_.references(image.id)) {
    untag(name, result);
    publish_image_event(events_, "untag", image.id, image.id, &image);
  }
  // What a build may still go on from stays, as cache.
  if (image.buildkit == BuildKitRole::result && !store_.steps_from(image.id).empty())
    store_.set_role(image.id, BuildKitRole::step);
  else
    store_.erase(image.id);
  if (!image.is_step()) publish_image_event(events_, "delete", image.id, image.id, &image);
  result.lines.push_back({{}, image.id});
}

images::ImagePtr ImageDelete::forget(const std::string& given, bool force, bool spare_pinned,
                                     Result& result) {
  const std::lock_guard lock(mutex_);
  const images::ImagePtr image = store_.get(given);
  if (spare_pinned && store_.is_pinned(image->id)) return nullptr;
  if (!names_by_id(image->id, given)) {
    if (untag_named(*image, given, force, result)) return nullptr;
    try {
      check_conflicts(*image, force, false);
    } catch (const Error&) {
      // The name is gone, that was asked for; a container or a child still needs the image itself.
      if (!uses_(image->id).empty() || !store_.children(image->id).empty()) return nullptr;
      throw;
    }
  } else {
    const bool single = is_single_name(store_.references(image->id));
    check_conflicts(*image, force, single);
  }
  erase(*image, result);
  return image;
}

images::ImagePtr ImageDelete::forget_parent(const ImageRecord& child, Result& result) {
  const std::lock_guard lock(mutex_);
  const images::ImagePtr base = store_.find_base(child);
  if (!base || !base->dangling() || is_needed(*base)) return nullptr;
  if (child.buildkit != BuildKitRole::none && !base->is_step()) return nullptr;
  erase(*base, result);
  return base;
}

bool ImageDelete::is_needed(const ImageRecord& image) const {
  return !store_.children(image.id).empty() || !store_.steps_from(image.id).empty() ||
         !uses_(image.id).empty() || store_.is_pinned(image.id);
}

bool ImageDelete::remove_step(const std::string& id) {
  images::ImagePtr step;
  {
    const std::lock_guard lock(mutex_);
    step = store_.find_id(id);
    if (!step || !step->is_step() || is_needed(*step)) return false;
    store_.erase(id);
  }
  Result removed;
  collect(*step, removed);
  return true;
}

void ImageDelete::collect(const ImageRecord& erased, Result& result) {
  const ImageGarbage::Removed removed = garbage_.remove(images::ImageStore::needs_of(erased));
  for (const std::string& layer : removed.layers) result.lines.push_back({{}, layer});
  result.freed_bytes += removed.bytes;
}

ImageDelete::Result ImageDelete::run(const std::string& given, bool force,
                                     const std::vector<images::Platform>& platforms,
                                     bool keep_parents) {
  if (text::trim(given).empty()) throw Error(Errc::invalid, "image name cannot be blank");
  for (const images::Platform& platform : platforms)
    images::require_platform(given, store_.get(given)->platform, platform);
  Result result;
  images::ImagePtr erased = forget(given, force, false, result);
  return run(std::move(erased), std::move(result), keep_parents);
}

ImageDelete::Result ImageDelete::run_unless_pinned(const std::string& given) {
  Result result;
  images::ImagePtr erased = forget(given, false, true, result);
  return run(std::move(erased), std::move(result), false);
}

ImageDelete::Result ImageDelete::run(images::ImagePtr erased, Result result, bool keep_parents) {
  while (erased) {
    collect(*erased, result);
    erased = keep_parents ? nullptr : forget_parent(*erased, result);
  }
  return result;
}

}  // namespace gantry::services
