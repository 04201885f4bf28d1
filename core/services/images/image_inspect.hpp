// Looking at one image: inspect and history. Any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/images/blob_store.hpp"
#include "core/images/image_config.hpp"
#include "core/images/image_store.hpp"
#include "core/images/platform.hpp"

namespace gantry::services {

struct InspectedImage {
  images::ImagePtr image;
  std::string config;  // the image config's JSON text
  std::string parent;  // empty: none that is here
};

struct HistoryLine {
  std::string id;  // of the image that ends with this line; empty: "<missing>"
  images::HistoryEntry entry;
  std::uint64_t size = 0;  // unpacked bytes
  std::vector<std::string> repo_tags;
};

class ImageInspect {
 public:
  ImageInspect(images::ImageStore& store, const images::BlobStore& blobs)
      : store_(store), blobs_(blobs) {}

  /// Throws Error{not_found}, also for an image of another platform than the one asked for.
  InspectedImage run(const std::string& reference, const std::optional<images::Platform>& platform);
  /// Newest first.
  std::vector<HistoryLine> history(const std::string& reference,
                                   const std::optional<images::Platform>& platform);

 private:
  void name_lines(images::ImagePtr image, std::vector<HistoryLine>& lines) const;

  images::ImageStore& store_;
  const images::BlobStore& blobs_;
};

}  // namespace gantry::services
