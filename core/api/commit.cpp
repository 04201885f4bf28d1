#include "core/api/commit.hpp"

#include "core/api/request_body.hpp"
#include "core/domain/container_config.hpp"
#include "core/json/writer.hpp"
#include "core/services/images/image_progress.hpp"
#include "core/services/images/image_tag.hpp"

namespace gantry::api {
namespace {

using http::Exchange;

services::ContainerCommit::Request request_of(Exchange& exchange) {
  const http::Query& query = exchange.query();
  services::ContainerCommit::Request request;
  request.container = query.get("container");
  request.name = services::parse_repo_tag(query.get("repo"), query.get("tag"));
  request.author = query.get("author");
  request.comment = query.get("comment");
  request.pause = query.boolean("pause", true);
  request.changes = query.all("changes");
  if (const std::string body = exchange.read_body(); !body.empty()) {
    const auto document = parse_json(body);
    if (document.root().is_object())
      request.config = domain::parse_config(document.root(), exchange.version().minor);
  }
  return request;
}

}  // namespace

void add_commit_route(http::Router& router, services::ContainerCommit& commit) {
  router.add("POST", "/commit", [&commit](Exchange& exchange) {
    const auto request = request_of(exchange);
    std::string id;
    services::run_while_there(exchange.peer(),
                              [&](const std::stop_token& stop) { id = commit.run(request, stop); });
    json::Writer w;
    w.begin_object().field("Id", id).end_object();
    exchange.send_json(w.text(), 201);
  });
}

}  // namespace gantry::api
