// `docker load`: the images of an archive come into the store. Any thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/images/archive_images.hpp"
#include "core/images/image_store.hpp"
#include "core/services/images/image_progress.hpp"
#include "core/services/images/layer_install.hpp"
#include "core/state/event_bus.hpp"

namespace gantry::services {

class ImageLoad {
 public:
  struct Request {
    bool quiet = true;
    std::optional<images::Platform> platform;
  };
  using Body = std::function<std::string_view()>;  // see ImageImport

  ImageLoad(images::ImageStore& store, images::BlobStore& blobs, LayerInstall& installer,
            state::EventBus& events)
      : store_(store), blobs_(blobs), installer_(installer), events_(events) {}

  /// Writes `Loaded image: …` lines. Throws Error{invalid} for what isn't an archive of images;
  /// images loaded before the broken one stay.
  void run(const Request& request, const Body& body, const ProgressOutput& output);

 private:
  struct Job;
  images::ImagePtr load_one(const images::ArchivedImage& archived, Job& job);
  /// A layer of an image that is here. It is held then.
  std::optional<images::ImageLayer> find_known(const std::string& chain_id, images::Hold& hold);
  images::ImageLayer adopt_layer(const std::string& path, images::ImageLayer layer,
                                 std::size_t index, images::Hold& hold, Job& job);
  void name_image(const images::ImageRecord& image, const std::vector<images::Reference>& names,
                  Job& job);

  images::ImageStore& store_;
  images::BlobStore& blobs_;
  LayerInstall& installer_;
  state::EventBus& events_;
};

}  // namespace gantry::services
