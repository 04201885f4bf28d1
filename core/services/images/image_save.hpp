// `docker save`: one archive that is an OCI layout and a docker archive at once, written straight
// from the store. Any thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/images/blob_store.hpp"
#include "core/images/image_store.hpp"
#include "core/images/platform.hpp"
#include "core/state/event_bus.hpp"

namespace gantry::services {

class ImageSave {
 public:
  /// What will be written; holds its blobs as long as it lives.
  struct Plan {
    struct Item {
      images::PinnedImage pinned;
      std::vector<images::Reference> names;
    };
    std::vector<Item> items;
  };

  ImageSave(images::ImageStore& store, images::BlobStore& blobs, state::EventBus& events)
      : store_(store), blobs_(blobs), events_(events) {}

  /// Looks everything up, so that errors come before the first byte. A repository without tag
  /// stands for all its tags. Throws Error{not_found}, and
  /// Error{internal} for an image of which a part is missing.
  Plan plan(const std::vector<std::string>& names, const std::optional<images::Platform>& platform);
  /// `sink` throws to stop (client gone).
  void write(const Plan& plan, const std::function<void(std::string_view)>& sink);

 private:
  /// A power cut may have left a part of what is not on the disk yet.
  void require_whole(const std::string& given, const images::ImageRecord& image) const;

  images::ImageStore& store_;
  images::BlobStore& blobs_;
  state::EventBus& events_;
};

}  // namespace gantry::services
