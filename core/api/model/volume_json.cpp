#include "core/api/model/volume_json.hpp"

#include "core/base/error.hpp"

namespace gantry::api {
namespace {

void write_map(json::Writer& w, const char* name,
               const std::optional<std::map<std::string, std::string>>& map) {
  if (map)
    w.field(name, *map);
  else
    w.key(name).null();
}

}  // namespace

domain::VolumeRequest parse_volume_request(const json::Node& body) {
  if (body["ClusterVolumeSpec"])
    throw Error(
        Errc::unavailable,
        "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" "
        "to connect this node to swarm and try again.");
  domain::VolumeRequest request;
  request.name = body["Name"].str();
  request.driver = body["Driver"].str();
  request.driver_options = body["DriverOpts"].string_map();
  request.has_driver_options = static_cast<bool>(body["DriverOpts"]);
  if (body["Labels"]) request.labels = body["Labels"].string_map();
  return request;
}

void write_volume(json::Writer& w, const domain::VolumeRecord& volume,
                  const std::optional<VolumeUsage>& usage) {
  w.begin_object();
  w.field("CreatedAt", rfc3339_seconds(volume.created));
  w.field("Driver", volume.driver);
  write_map(w, "Labels", volume.labels);
  w.field("Mountpoint", volume.mountpoint);
  w.field("Name", volume.name);
  write_map(w, "Options", volume.options);
  w.field("Scope", volume.scope);
  if (!volume.status_json.empty() && volume.status_json != "{}")
    w.key("Status").raw(volume.status_json);
  if (usage)
    w.key("UsageData")
        .begin_object()
        .field("RefCount", usage->references)
        .field("Size", usage->size)
        .end_object();
  w.end_object();
}

}  // namespace gantry::api
