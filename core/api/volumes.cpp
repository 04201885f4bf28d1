#include "core/api/volumes.hpp"

#include "core/api/model/volume_json.hpp"
#include "core/api/request_body.hpp"
#include "core/base/error.hpp"
#include "core/domain/volume_filter.hpp"

namespace gantry::api {
namespace {

using http::Exchange;
using services::Volumes;

/// What the driver says of a volume is shown by inspect only, as in Docker.
domain::VolumeRecord without_status(domain::VolumeRecord volume) {
  volume.status_json.clear();
  return volume;
}

void list(Volumes& volumes, Exchange& exchange) {
  const auto filters = domain::FilterArgs::parse(exchange.query().get("filters"));
  domain::check_volume_list_filters(filters);
  std::vector<std::string> warnings;
  json::Writer w;
  w.begin_object().key("Volumes").begin_array();
  for (const auto& volume : volumes.list(&warnings))
    if (domain::volume_listed(volume, !volumes.users(volume.name).empty(), filters))
      write_volume(w, without_status(volume));
  w.end_array().key("Warnings");
  if (warnings.empty())
    w.null();
  else
    w.strings(warnings);
  w.end_object();
  exchange.send_json(w.text());
}

void send(Exchange& exchange, const domain::VolumeRecord& volume, int status) {
  json::Writer w;
  write_volume(w, volume);
  exchange.send_json(w.text(), status);
}

void inspect(Volumes& volumes, Exchange& exchange) {
  send(exchange, volumes.get(exchange.param("name")), 200);
}

void create(Volumes& volumes, Exchange& exchange) {
  const auto body = read_json(exchange);
  send(exchange, without_status(volumes.create(parse_volume_request(body.root()))), 201);
}

void remove(Volumes& volumes, Exchange& exchange) {
  volumes.remove(exchange.param("name"), exchange.query().boolean("force"));
  exchange.send_empty(204);
}

void update(Volumes&, Exchange&) {
  throw Error(Errc::unavailable,
              "volume update only valid for cluster volumes, but swarm is unavailable");
}

void prune(Volumes& volumes, Exchange& exchange) {
  const auto filters = domain::FilterArgs::parse(read_form(exchange).get("filters"));
  domain::check_volume_prune_filters(filters);
  const bool all_by_default = !exchange.version().at_least(42);
  const auto pruned = volumes.prune([&](const domain::VolumeRecord& volume) {
    return domain::volume_prunable(volume, all_by_default, filters);
  });
  json::Writer w;
  w.begin_object()
      .field("VolumesDeleted", pruned.names)
      .field("SpaceReclaimed", pruned.reclaimed_bytes)
      .end_object();
  exchange.send_json(w.text());
}

}  // namespace

void add_volume_routes(http::Router& router, Volumes& volumes) {
  const auto on = [&](const char* method, const char* pattern,
                      void (*handler)(Volumes&, Exchange&)) {
    router.add(method, pattern, [&volumes, handler](Exchange& e) { handler(volumes, e); });
  };
  on("GET", "/volumes", list);
  on("GET", "/volumes/{name...}", inspect);
  on("POST", "/volumes/create", create);
  on("POST", "/volumes/prune", prune);
  on("PUT", "/volumes/{name...}", update);
  on("DELETE", "/volumes/{name...}", remove);
}

}  // namespace gantry::api
