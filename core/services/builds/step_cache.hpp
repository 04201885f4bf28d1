// Steps of builds by BuildKit that no image here was made from: all that is left of them is cache.
// Those that lead to an image go with it. Any thread.
#pragma once

#include <string>
#include <vector>

#include "core/services/builds/build_caches.hpp"
#include "core/services/images/images.hpp"

namespace gantry::services {

class StepCache {
 public:
  explicit StepCache(Images& images) : images_(images) {}

  static constexpr const char* kType = "regular";  // BuildKit's name for them

  /// What was made from others comes before them, and counts as a use of them. Each layer that no
  /// image has counts once.
  std::vector<BuildCaches::Record> list() const;
  /// False: something was made from it, it is in use, or there is none.
  bool remove(const std::string& id);

 private:
  std::vector<images::ImagePtr> find() const;

  Images& images_;
};

}  // namespace gantry::services
