#include "core/services/images/image_prune.hpp"

#include <set>

#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/base/scope_guard.hpp"
#include "core/services/base/prune_event.hpp"

namespace gantry::services {

void ImagePrune::remove(const images::ImageRecord& image, ImageDelete::Result& result) {
  std::vector<std::string> names;
  for (const images::Reference& name : store_.references(image.id)) names.push_back(name.str());
  if (names.empty()) names.push_back(image.id);
  // Of an image that containers use, the last name stays: removing that one is a conflict.
  for (const std::string& name : names) {
    try {
      ImageDelete::Result one = remover_.run_unless_pinned(name);
      result.lines.insert(result.lines.end(), one.lines.begin(), one.lines.end());
      result.freed_bytes += one.freed_bytes;
    } catch (const Error& e) {
      // Digests go with their tag; and what a container uses stays.
      if (e.code() != Errc::not_found && e.code() != Errc::conflict)
        log::warn("image " + image.id + " cannot be pruned: " + e.what());
    }
  }
}

ImageDelete::Result ImagePrune::run(const domain::FilterArgs& filters) {
  filters.allow({"dangling", "label", "label!", "until"});
  const bool dangling_only = filters.boolean("dangling", true);
  const UnixNanos until = filters.until();
  if (running_.exchange(true)) throw Error(Errc::conflict, "a prune operation is already running");
  const ScopeGuard done([this] { running_ = false; });

  ImageDelete::Result result;
  const std::set<std::string> parents = store_.parents();
  for (const images::ImagePtr& image : store_.list()) {
    if (image->is_step()) continue;  // build cache
    // A step on the way to other images goes with the last of them.
    if (parents.count(image->id) > 0 && (dangling_only || image->dangling())) continue;
    if (until != 0 && (image->created == 0 || image->created > until)) continue;
    if (!filters.labels_match(image->defaults.labels)) continue;
    if (filters.has("label!") && filters.labels_match(image->defaults.labels, "label!")) continue;
    if (dangling_only && !image->repo_tags.empty()) continue;
    remove(*image, result);
  }
  result.freed_bytes += garbage_.sweep().bytes;
  publish_prune_event(events_, "image", static_cast<std::int64_t>(result.freed_bytes));
  return result;
}

}  // namespace gantry::services
