#include "core/api/networks.hpp"

#include "core/api/model/network_json.hpp"
#include "core/api/request_body.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/domain/container_request.hpp"
#include "core/domain/network_filter.hpp"

namespace gantry::api {
namespace {

using http::Exchange;
using services::NetworkMembership;
using services::Networks;

void list(Networks& networks, Exchange& exchange) {
  const auto filters = domain::FilterArgs::parse(exchange.query().get("filters"));
  domain::check_network_list_filters(filters);
  json::Writer w;
  w.begin_array();
  for (const auto& network : networks.list())
    if (domain::network_listed(*network, filters))
      write_network(w, *network, {}, exchange.version().minor);
  w.end_array();
  exchange.send_json(w.text());
}

void inspect(Networks& networks, Exchange& exchange) {
  const std::string verbose = exchange.query().get("verbose");
  if (!verbose.empty() && !text::to_bool(verbose))
    throw Error(Errc::invalid, "invalid value for verbose: strconv.ParseBool: parsing \"" +
                                   verbose + "\": invalid syntax");
  const std::string& reference = exchange.param("id");
  const auto network = networks.get(reference);
  const std::string scope = exchange.query().get("scope");
  if (!scope.empty() && scope != network->scope)
    throw Error(Errc::not_found, "network " + reference + " not found");
  json::Writer w;
  write_network(w, *network, networks.members(network->id), exchange.version().minor);
  exchange.send_json(w.text());
}

void create(Networks& networks, Exchange& exchange) {
  const auto body = read_json(exchange);
  const auto network =
      networks.create(parse_network_request(body.root(), exchange.version().minor));
  json::Writer w;
  w.begin_object().field("Id", network->id).field("Warning", "").end_object();
  exchange.send_json(w.text(), 201);
}

void remove(Networks& networks, Exchange& exchange) {
  networks.remove(exchange.param("id"));
  exchange.send_empty(204);
}

void prune(Networks& networks, Exchange& exchange) {
  const auto filters = domain::FilterArgs::parse(read_form(exchange).get("filters"));
  domain::check_network_prune_filters(filters);
  const UnixNanos now = now_nanos();
  const auto removed = networks.prune([&](const domain::NetworkRecord& network) {
    return domain::network_prunable(network, filters, now);
  });
  json::Writer w;
  w.begin_object().key("NetworksDeleted");
  if (removed.empty())
    w.null();
  else
    w.strings(removed);
  w.end_object();
  exchange.send_json(w.text());
}

void connect(NetworkMembership& membership, Exchange& exchange) {
  const auto body = read_json(exchange);
  const json::Node root = body.root();
  const std::string& network = exchange.param("id");
  membership.connect(
      network, root["Container"].str(),
      domain::parse_endpoint(network, root["EndpointConfig"], exchange.version().minor));
  exchange.send_empty(200);
}

void disconnect(NetworkMembership& membership, Exchange& exchange) {
  const auto body = read_json(exchange);
  membership.disconnect(exchange.param("id"), body.root()["Container"].str(),
                        body.root()["Force"].boolean());
  exchange.send_empty(200);
}

}  // namespace

void add_network_routes(http::Router& router, Networks& networks, NetworkMembership& membership) {
  const auto on = [&](const char* method, const char* pattern,
                      void (*handler)(Networks&, Exchange&)) {
    router.add(method, pattern, [&networks, handler](Exchange& e) { handler(networks, e); });
  };
  on("GET", "/networks", list);
  on("GET", "/networks/", list);
  on("GET", "/networks/{id...}", inspect);
  on("POST", "/networks/create", create);
  on("POST", "/networks/prune", prune);
  on("DELETE", "/networks/{id...}", remove);
  router.add("POST", "/networks/{id...}/connect", [&](Exchange& e) { connect(membership, e); });
  router.add("POST", "/networks/{id...}/disconnect",
             [&](Exchange& e) { disconnect(membership, e); });
}

}  // namespace gantry::api
