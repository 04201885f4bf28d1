// `docker rmi`: untagging, deleting and the conflicts that forbid it, by the rules of dockerd's
// graph-driver store (behaviours.md 9.4). Any thread; the decisions are taken one at a time.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "core/images/image_store.hpp"
#include "core/services/images/image_garbage.hpp"
#include "core/services/images/image_uses.hpp"
#include "core/state/event_bus.hpp"

namespace gantry::services {

/// One line of the answer: exactly one of both is set.
struct DeletedImage {
  std::string untagged, deleted;
};

class ImageDelete {
 public:
  ImageDelete(images::ImageStore& store, ImageGarbage& garbage, state::EventBus& events,
              ImageUses uses)
      : store_(store), garbage_(garbage), events_(events), uses_(std::move(uses)) {}

  struct Result {
    std::vector<DeletedImage> lines;
    std::uint64_t freed_bytes = 0;
  };
  /// What the image was made from goes too, unless `keep_parents`, as far as nothing else needs it
  /// and it has no name; of what BuildKit made it from only its steps. `platforms`: the image must
  /// be made for each of them. Throws Error{not_found}, Error{conflict}, Error{invalid}.
  Result run(const std::string& reference, bool force,
             const std::vector<images::Platform>& platforms = {}, bool keep_parents = false);

  /// The same for a prune, which leaves an image that somebody works with (a build).
  Result run_unless_pinned(const std::string& reference);

  /// Removes a step of BuildKit that nothing stands on and nobody works with; false: it is none.
  bool remove_step(const std::string& id);

 private:
  Result run(images::ImagePtr erased, Result result, bool keep_parents);
  /// The image when it was erased, null when only a name went.
  images::ImagePtr forget(const std::string& given, bool force, bool spare_pinned, Result& result);
  /// What an image just erased was made from, when it was erased as well.
  images::ImagePtr forget_parent(const images::ImageRecord& child, Result& result);
  bool is_needed(const images::ImageRecord& image) const;
  /// Removes what only this erased image needed.
  void collect(const images::ImageRecord& erased, Result& result);
  void untag(const images::Reference& name, Result& result);
  void check_conflicts(const images::ImageRecord& image, bool force, bool ignore_references);
  /// True when nothing more is to be done: other names keep the image.
  bool untag_named(const images::ImageRecord& image, const std::string& given, bool force,
                   Result& result);
  void erase(const images::ImageRecord& image, Result& result);

  images::ImageStore& store_;
  ImageGarbage& garbage_;
  state::EventBus& events_;
  ImageUses uses_;
  std::mutex mutex_;
};

}  // namespace gantry::services
