// All image services and what they share, put together. Owns everything here but what it is given.
#pragma once

#include <filesystem>

#include "core/images/blob_store.hpp"
#include "core/images/content_leases.hpp"
#include "core/images/image_store.hpp"
#include "core/images/registry_options.hpp"
#include "core/services/images/image_assembly.hpp"
#include "core/services/images/image_delete.hpp"
#include "core/services/images/image_garbage.hpp"
#include "core/services/images/image_import.hpp"
#include "core/services/images/image_inspect.hpp"
#include "core/services/images/image_list.hpp"
#include "core/services/images/image_load.hpp"
#include "core/services/images/image_prune.hpp"
#include "core/services/images/image_pull.hpp"
#include "core/services/images/image_push.hpp"
#include "core/services/images/image_save.hpp"
#include "core/services/images/image_search.hpp"
#include "core/services/images/image_tag.hpp"
#include "core/services/images/layer_install.hpp"
#include "core/services/images/registry_inspect.hpp"

namespace gantry::services {

struct Images {
  struct Given {
    state::Journal& journal;
    state::EventBus& events;
    pluginhost::Runtime& runtime;
    std::filesystem::path root;  // <engine root>/images
    images::RegistryOptions registry;
    ImageUses uses;
    std::string storage_driver = "overlay2";  // what inspect calls the GraphDriver
  };
  explicit Images(const Given& given);
  Images(const Images&) = delete;
  Images& operator=(const Images&) = delete;

  /// Removes what interrupted pulls and deletes left. Once, after containers were restored (their
  /// layers must be known to the runtime as used) and before the API answers. Nothing that may
  /// belong to an image is removed when records were lost.
  void restore(bool records_were_lost) { garbage.sweep_at_boot(records_were_lost); }

  const std::string storage_driver;
  images::ImageStore store;
  images::BlobStore blobs;
  images::ContentLeases leases;
  LayerInstall installer;
  ImageAssembly assembly;
  ImageGarbage garbage;
  ImagePull pull;
  ImagePush push;
  ImageImport import;
  ImageLoad load;
  ImageSave save;
  ImageList list;
  ImageInspect inspect;
  ImageTag tag;
  ImageDelete remove;
  ImagePrune prune;
  RegistryInspect registry;
  ImageSearch search;
};

}  // namespace gantry::services
