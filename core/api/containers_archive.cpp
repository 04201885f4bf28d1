// docker cp and docker diff: a container's files as tar streams, and what changed among them.
#include "core/api/container_handler.hpp"
#include "core/base/digest.hpp"
#include "core/base/error.hpp"
#include "core/json/writer.hpp"
#include "core/services/containers/container_archive.hpp"
#include "core/services/containers/container_changes.hpp"

namespace gantry::api {
namespace {

using http::Exchange;
using services::ContainerServices;

constexpr size_t kBuffer = 256u << 10;

std::string path_of(Exchange& exchange) {
  std::string path = exchange.query().get("path");
  // Without a blank: moby's words.
  if (path.empty()) throw Error(Errc::invalid, "bad parameter: pathcannot be empty");
  return path;
}

void set_stat_header(Exchange& exchange, const services::PathStat& stat) {
  json::Writer w;
  w.begin_object().field("name", stat.name).field("size", stat.size);
  w.field("mode", static_cast<std::int64_t>(stat.mode))
      .field("mtime", stat.mtime == 0 ? "1970-01-01T00:00:00Z" : rfc3339_nano(stat.mtime));
  w.field("linkTarget", stat.link_target).end_object();
  exchange.set_header("X-Docker-Container-Path-Stat", base64_encode(w.text()));
}

void head(ContainerServices& services, Exchange& exchange) {
  const std::string path = path_of(exchange);
  set_stat_header(exchange, services.archive().stat(exchange.param("id"), path));
  exchange.send_empty(200);
}

void get(ContainerServices& services, Exchange& exchange) {
  const std::string path = path_of(exchange);
  http::ResponseStream* answer = nullptr;
  services.archive().get(
      exchange.param("id"), path,
      [&](const services::PathStat& stat) {
        set_stat_header(exchange, stat);
        answer = &exchange.stream("application/x-tar");
      },
      [&](std::string_view piece) { return answer->write(piece); });
}

void put(ContainerServices& services, Exchange& exchange) {
  const std::string path = path_of(exchange);
  services::ContainerArchive::PutOptions options;
  options.container_owner = exchange.query().boolean("copyUIDGID");
  options.keep_kinds = exchange.query().boolean("noOverwriteDirNonDir");
  std::string buffer(kBuffer, '\0');
  services.archive().put(exchange.param("id"), path, options, [&]() -> std::string_view {
    if (!exchange.has_body()) return {};
    return {buffer.data(), exchange.body().read(buffer.data(), buffer.size())};
  });
  exchange.send_empty(200);
}

void changes(ContainerServices& services, Exchange& exchange) {
  const Peer peer = exchange.peer();
  const auto found = services.changes().run(exchange.param("id"), [&] { return peer.gone(); });
  if (found.empty()) return exchange.send_json("null");
  json::Writer w;
  w.begin_array();
  for (const pluginhost::PathChange& change : found)
    w.begin_object().field("Path", change.path).field("Kind", change.kind).end_object();
  exchange.send_json(w.end_array().text());
}

}  // namespace

void add_container_archive_routes(http::Router& router, ContainerServices& services) {
  add_route(router, services, "HEAD", "/containers/{id...}/archive", head);
  add_route(router, services, "GET", "/containers/{id...}/archive", get);
  add_route(router, services, "PUT", "/containers/{id...}/archive", put);
  add_route(router, services, "GET", "/containers/{id...}/changes", changes);
}

}  // namespace gantry::api
