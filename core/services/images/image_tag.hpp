// `docker tag`. Any thread.
#pragma once

#include <optional>
#include <string>

#include "core/images/image_store.hpp"
#include "core/state/event_bus.hpp"

namespace gantry::services {

/// The new name that `repo` and `tag` of a request make; nullopt when repo is empty. A tag in
/// `repo` gives way to `tag`. Throws Error{invalid}.
std::optional<images::Reference> parse_repo_tag(const std::string& repo, const std::string& tag);

class ImageTag {
 public:
  ImageTag(images::ImageStore& store, state::EventBus& events) : store_(store), events_(events) {}
  /// Throws Error{not_found} or Error{invalid}.
  void run(const std::string& image, const std::string& repo, const std::string& tag);

 private:
  images::ImageStore& store_;
  state::EventBus& events_;
};

}  // namespace gantry::services
