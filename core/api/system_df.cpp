#include "core/api/system_df.hpp"

#include "core/api/model/container_list_json.hpp"
#include "core/api/model/image_json.hpp"
#include "core/api/model/volume_json.hpp"
#include "core/base/error.hpp"
#include "core/services/containers/container_list.hpp"
#include "core/services/engine/disk_usage.hpp"

namespace gantry::api {
namespace {

using http::Exchange;

struct Wanted {
  bool containers = true, images = true, volumes = true, build_cache = true;
};

Wanted wanted_types(const Exchange& exchange) {
  const auto types = exchange.query().all("type");
  if (types.empty() || !exchange.version().at_least(42)) return {};
  Wanted wanted{false, false, false, false};
  for (const std::string& type : types) {
    if (type == "container")
      wanted.containers = true;
    else if (type == "image")
      wanted.images = true;
    else if (type == "volume")
      wanted.volumes = true;
    else if (type == "build-cache")
      wanted.build_cache = true;
    else
      throw Error(Errc::invalid, "unknown object type: " + type);
  }
  return wanted;
}

void write_images(json::Writer& w, services::Images& images, int api_minor) {
  const auto listed = images.list.run({}, true);
  w.field("LayersSize", services::layers_size(listed));
  w.key("Images").begin_array();
  // Unlike the list, this one tells clients of every version how many containers use an image.
  for (const services::ListedImage& image : listed) write_image_summary(w, image, api_minor, true);
  w.end_array();
}

void write_containers(json::Writer& w, services::ContainerServices& containers, int api_minor) {
  services::ListOptions options;
  options.all = true;
  const UnixNanos now = now_nanos();
  std::string list = "[";
  for (const state::ContainerPtr& container : containers.list().run(options)) {
    if (list.size() > 1) list += ',';
    append_list_entry(list, *container, containers.list().shown_image(container->record), api_minor,
                      now,
                      services::container_usage(containers.list().runtime(), container->record.id));
  }
  w.key("Containers").raw(list + "]");
}

void write_volumes(json::Writer& w, services::Volumes& volumes) {
  w.key("Volumes").begin_array();
  for (domain::VolumeRecord& volume : volumes.list()) {
    if (!services::Volumes::is_plain(volume)) continue;
    volume.status_json.clear();  // shown by inspect only
    write_volume(w, volume,
                 VolumeUsage{volumes.size(volume),
                             static_cast<std::int64_t>(volumes.users(volume.name).size())});
  }
  w.end_array();
}

void write_build_cache(json::Writer& w, const services::BuildPrune& caches, int api_minor) {
  std::uint64_t total = 0;
  w.key("BuildCache").begin_array();
  for (const services::BuildCaches::Record& cache : caches.find({})) {
    w.begin_object();
    w.field("ID", cache.id).field("Type", cache.type);
    w.field("Description", cache.description).field("InUse", cache.in_use).field("Shared", false);
    w.field("Size", cache.size).field("CreatedAt", rfc3339_nano(cache.created));
    w.field("LastUsedAt", rfc3339_nano(cache.last_used)).field("UsageCount", cache.use_count);
    w.end_object();
    total += cache.size;
  }
  w.end_array();
  if (api_minor < 42) w.field("BuilderSize", total);
}

}  // namespace

void add_disk_usage_routes(http::Router& router, services::ContainerServices& containers,
                           services::Images& images, services::Volumes& volumes,
                           const services::BuildPrune& build_caches) {
  router.add("GET", "/system/df", [&](Exchange& exchange) {
    const Wanted wanted = wanted_types(exchange);
    const int minor = exchange.version().minor;
    json::Writer w;
    w.begin_object();
    if (wanted.images)
      write_images(w, images, minor);
    else
      w.field("LayersSize", 0).key("Images").null();
    if (wanted.containers)
      write_containers(w, containers, minor);
    else
      w.key("Containers").null();
    if (wanted.volumes)
      write_volumes(w, volumes);
    else
      w.key("Volumes").null();
    if (wanted.build_cache)
      write_build_cache(w, build_caches, minor);
    else
      w.key("BuildCache").null();
    w.end_object();
    exchange.send_json(w.text());
  });
}

}  // namespace gantry::api
