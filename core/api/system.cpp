#include "core/api/system.hpp"

#include "core/api/model/system_json.hpp"

namespace gantry::api {
namespace {

using http::Exchange;
using services::SystemInfo;

/// The hottest operation there is: nothing but constants (behaviours.md 1.9).
void ping(Exchange& exchange) {
  exchange.set_header("Cache-Control", "no-cache, no-store, must-revalidate");
  exchange.set_header("Pragma", "no-cache");
  // 1: what a CLI 20.10 builds with when its user does not choose. By BuildKit it could neither use
  // a network of one's own nor clone a repository itself. Newer ones take no notice.
  exchange.set_header("Builder-Version", "1");
  exchange.set_header("Swarm", "inactive");
  exchange.send(200, "text/plain; charset=utf-8", exchange.method() == "HEAD" ? "" : "OK");
}

}  // namespace

void add_system_routes(http::Router& router, const SystemInfo& system) {
  router.add("GET", "/_ping", ping);
  router.add("HEAD", "/_ping", ping);
  router.add("GET", "/version", [&](Exchange& exchange) {
    exchange.send_json(version_json(system.facts(), system.host()));
  });
  router.add("GET", "/info", [&](Exchange& exchange) {
    exchange.send_json(info_json(system.facts(), system.state(), exchange.version().minor));
  });
}

}  // namespace gantry::api
