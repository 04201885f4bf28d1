// `docker image prune`. Any thread; a second prune at the same time is refused.
#pragma once

#include <atomic>

#include "core/domain/filter_args.hpp"
#include "core/services/images/image_delete.hpp"

namespace gantry::services {

class ImagePrune {
 public:
  ImagePrune(images::ImageStore& store, ImageDelete& remover, ImageGarbage& garbage,
             state::EventBus& events)
      : store_(store), remover_(remover), garbage_(garbage), events_(events) {}

  /// Images no container uses: untagged ones, or all with `dangling=false`; and what only those
  /// were made from, where it has no name. With `dangling=false` images that containers use keep
  /// one name. Throws Error{conflict} `a prune operation is already
  /// running`, Error{invalid} for bad filters.
  ImageDelete::Result run(const domain::FilterArgs& filters);

 private:
  void remove(const images::ImageRecord& image, ImageDelete::Result& result);

  images::ImageStore& store_;
  ImageDelete& remover_;
  ImageGarbage& garbage_;
  state::EventBus& events_;
  std::atomic<bool> running_{false};
};

}  // namespace gantry::services
