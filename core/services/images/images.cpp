#include "core/services/images/images.hpp"

namespace gantry::services {

Images::Images(const Given& given)
    : storage_driver(given.storage_driver),
      store(given.journal),
      blobs(given.root),
      installer(blobs, leases, given.runtime),
      assembly(store, blobs, leases, installer, given.events),
      garbage(store, blobs, leases, given.runtime),
      pull(store, blobs, leases, installer, given.events, given.registry),
      push(store, blobs, leases, given.events, given.registry),
      import(blobs, assembly, given.events, given.registry),
      load(store, blobs, installer, given.events),
      save(store, blobs, given.events),
      list(store, given.uses),
      inspect(store, blobs),
      tag(store, given.events),
      remove(store, garbage, given.events, given.uses),
      prune(store, remove, garbage, given.events),
      registry(given.registry),
      search(given.registry) {
  store.on_garbage([this](const std::vector<std::string>& digests, bool resumable) {
    garbage.remove(digests,
                   resumable ? ImageGarbage::Blobs::set_aside : ImageGarbage::Blobs::remove);
  });
}

}  // namespace gantry::services
