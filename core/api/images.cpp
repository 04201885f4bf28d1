#include "core/api/images.hpp"

#include "core/api/model/image_json.hpp"
#include "core/api/request_body.hpp"
#include "core/base/error.hpp"
#include "core/images/platform.hpp"
#include "core/images/registry_auth.hpp"

namespace gantry::api {
namespace {

using http::Exchange;
using services::Images;

std::optional<images::Platform> inspected_platform(const Exchange& exchange) {
  const std::string text = exchange.query().get("platform");
  if (text.empty() || !exchange.version().at_least(49)) return std::nullopt;
  return images::parse_platform_json(text);
}

void list(Images& images, Exchange& exchange) {
  const http::ApiVersion version = exchange.version();
  auto filters = domain::FilterArgs::parse(exchange.query().get("filters"));
  if (const std::string name = exchange.query().get("filter");
      !name.empty() && !version.at_least(41))
    filters.add("reference", name);
  const bool shared = version.at_least(42) && exchange.query().boolean("shared-size");
  const bool all = exchange.query().boolean("all");
  json::Writer w;
  w.begin_array();
  for (const services::ListedImage& item : images.list.run(filters, shared, all))
    write_image_summary(w, item, version.minor, version.at_least(51));
  w.end_array();
  exchange.send_json(w.text());
}

void inspect(Images& images, Exchange& exchange) {
  const auto platform = inspected_platform(exchange);
  if (platform && exchange.version().at_least(48) && exchange.query().boolean("manifests"))
    throw Error(Errc::invalid,
                "conflicting options: manifests and platform options cannot both be set");
  json::Writer w;
  write_image_inspect(w, images.inspect.run(exchange.param("name"), platform),
                      images.storage_driver, exchange.version().minor);
  exchange.send_json(w.text());
}

void history(Images& images, Exchange& exchange) {
  json::Writer w;
  write_image_history(w, images.inspect.history(exchange.param("name"), single_platform(exchange)));
  exchange.send_json(w.text());
}

void tag(Images& images, Exchange& exchange) {
  const http::Query query = read_form(exchange);
  images.tag.run(exchange.param("name"), query.get("repo"), query.get("tag"));
  exchange.send_empty(201);
}

void remove(Images& images, Exchange& exchange) {
  std::vector<images::Platform> platforms;
  if (exchange.version().at_least(50))
    for (const std::string& text : exchange.query().all("platforms"))
      platforms.push_back(images::parse_platform_json(text));
  const bool keep_parents = exchange.query().boolean("noprune");
  const auto result = images.remove.run(exchange.param("name"), exchange.query().boolean("force"),
                                        platforms, keep_parents);
  json::Writer w;
  write_deleted_images(w, result.lines);
  exchange.send_json(w.text());
}

void prune(Images& images, Exchange& exchange) {
  const auto result =
      images.prune.run(domain::FilterArgs::parse(read_form(exchange).get("filters")));
  json::Writer w;
  w.begin_object().key("ImagesDeleted");
  if (result.lines.empty())
    w.null();
  else
    write_deleted_images(w, result.lines);
  w.field("SpaceReclaimed", result.freed_bytes).end_object();
  exchange.send_json(w.text());
}

void inspect_registry(Images& images, Exchange& exchange) {
  const auto reference = images::parse_reference(exchange.param("name"));
  const auto auth = images::decode_registry_auth(exchange.header("X-Registry-Auth"));
  services::RegistryImage image;
  services::run_while_there(exchange.peer(), [&](const std::stop_token& stop) {
    image = images.registry.run(reference, auth, stop);
  });
  json::Writer w;
  write_registry_image(w, image);
  exchange.send_json(w.text());
}

void search(Images& images, Exchange& exchange) {
  services::ImageSearch::Request request;
  request.term = exchange.query().get("term");
  request.limit = exchange.query().integer("limit").value_or(0);
  request.filters = domain::FilterArgs::parse(exchange.query().get("filters"));
  request.auth = images::decode_registry_auth(exchange.header("X-Registry-Auth"));
  std::vector<services::FoundImage> found;
  services::run_while_there(exchange.peer(), [&](const std::stop_token& stop) {
    found = images.search.run(request, stop);
  });
  json::Writer w;
  write_found_images(w, found);
  exchange.send_json(w.text());
}

}  // namespace

void add_image_routes(http::Router& router, Images& images) {
  const auto on = [&](const char* method, const char* pattern,
                      void (*handler)(Images&, Exchange&)) {
    router.add(method, pattern, [&images, handler](Exchange& e) { handler(images, e); });
  };
  on("GET", "/images/json", list);
  on("GET", "/images/search", search);
  on("GET", "/images/{name...}/json", inspect);
  on("GET", "/images/{name...}/history", history);
  on("POST", "/images/{name...}/tag", tag);
  on("POST", "/images/prune", prune);
  on("DELETE", "/images/{name...}", remove);
  on("GET", "/distribution/{name...}/json", inspect_registry);
  add_image_stream_routes(router, images);
}

}  // namespace gantry::api
