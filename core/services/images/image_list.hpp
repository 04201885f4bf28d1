// `docker images`: filters and counts. Any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "core/domain/filter_args.hpp"
#include "core/images/image_store.hpp"
#include "core/services/images/image_uses.hpp"

namespace gantry::services {

struct ListedImage {
  images::ImagePtr image;
  std::string parent;                                // empty: none that is here
  std::vector<std::string> repo_tags, repo_digests;  // those the `reference` filter lets through
  std::int64_t shared_size = -1;  // bytes in layers that other images have too; -1: not asked
  std::int64_t containers = 0;
};

class ImageList {
 public:
  ImageList(const images::ImageStore& store, ImageUses uses)
      : store_(store), uses_(std::move(uses)) {}

  /// Newest first; without names only those that no other image was made from, unless `all`, which
  /// lists the steps of BuildKit as well. Throws Error{invalid} for bad filters, Error{not_found}
  /// for unknown before/since images.
  std::vector<ListedImage> run(const domain::FilterArgs& filters, bool shared_size,
                               bool all = false) const;

 private:
  const images::ImageStore& store_;
  ImageUses uses_;
};

}  // namespace gantry::services
