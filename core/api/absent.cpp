#include "core/api/absent.hpp"

#include <string>
#include <string_view>

#include "core/api/operations.hpp"
#include "core/base/error.hpp"
#include "core/domain/filter_args.hpp"
#include "core/json/writer.hpp"

namespace gantry::api {
namespace {

using http::Exchange;

constexpr const char* kNotManager =
    "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to "
    "connect "
    "this node to swarm and try again.";
constexpr const char* kNotPart = "This node is not part of a swarm";
constexpr const char* kNotExperimental =
    "This experimental feature is disabled by default. Start the Docker daemon in experimental "
    "mode in "
    "order to enable it.";

/// Answered, not thrown: clients ask for swarm objects all the time, and none of that is an error
/// of the engine for its log.
void answer(Exchange& exchange, int status, std::string_view message) {
  json::Writer w;
  w.begin_object().field("message", message).end_object();
  exchange.send_json(w.text(), status);
}

bool is_swarm(std::string_view pattern) {
  for (const std::string_view group :
       {"/swarm", "/nodes", "/services", "/tasks", "/secrets", "/configs"})
    if (pattern.starts_with(group)) return true;
  return false;
}

void add_swarm(http::Router& router) {
  for (const Operation& operation : operations()) {
    const std::string_view id = operation.id;
    if (!is_swarm(operation.pattern) || id == "SwarmInit" || id == "SwarmJoin") continue;
    const char* message = id == "SwarmLeave" ? kNotPart : kNotManager;
    router.add(operation.method, operation.pattern,
               [message](Exchange& exchange) { answer(exchange, 503, message); });
  }
}

void add_plugins(http::Router& router) {
  router.add("GET", "/plugins", [](Exchange& exchange) {
    const auto filters = domain::FilterArgs::parse(exchange.query().get("filters"));
    filters.allow({"enabled", "capability"});
    filters.boolean("enabled", false);
    exchange.send_json("[]");
  });
  const auto not_found = [](Exchange& exchange) {
    throw Error(Errc::not_found, "plugin \"" + exchange.param("name") + "\" not found");
  };
  router.add("GET", "/plugins/{name...}/json", not_found);
  router.add("DELETE", "/plugins/{name...}", not_found);
  for (const char* verb : {"enable", "disable", "upgrade", "push", "set"})
    router.add("POST", std::string("/plugins/{name...}/") + verb, not_found);
}

void add_checkpoints(http::Router& router) {
  const auto disabled = [](Exchange&) { throw Error(Errc::unsupported, kNotExperimental); };
  router.add("GET", "/containers/{id...}/checkpoints", disabled);
  router.add("POST", "/containers/{id...}/checkpoints", disabled);
  router.add("DELETE", "/containers/{id...}/checkpoints/{checkpoint}", disabled);
}

}  // namespace

void add_absent_routes(http::Router& router) {
  add_swarm(router);
  add_plugins(router);
  add_checkpoints(router);
}

}  // namespace gantry::api
