#include "core/api/buildkit.hpp"

#include "core/base/error.hpp"

namespace gantry::api {
namespace {

using http::Exchange;

constexpr const char* kProtocol = "h2c";
constexpr const char* kHead =
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n";

void check_upgrade(const Exchange& exchange) {
  const std::string protocol = exchange.header("Upgrade");
  if (protocol.empty()) throw Error(Errc::invalid, "no upgrade proto in request");
  if (protocol != kProtocol) throw Error(Errc::invalid, "protocol " + protocol + " not supported");
}

void serve_session(buildkit::Service& service, Exchange& exchange) {
  check_upgrade(exchange);
  const std::string id = exchange.header("X-Docker-Expose-Session-Uuid");
  if (id.empty()) throw Error(Errc::invalid, "X-Docker-Expose-Session-Uuid: no id was given");
  const auto methods = exchange.headers("X-Docker-Expose-Session-Grpc-Method");
  http::Hijacked connection = exchange.hijack(kHead);
  service.sessions().serve(id, std::make_shared<buildkit::Session>(
                                   std::move(connection.fd), std::move(connection.read_ahead),
                                   std::set<std::string>(methods.begin(), methods.end()),
                                   exchange.header("X-Docker-Expose-Session-Sharedkey")));
}

}  // namespace

void add_buildkit_routes(http::Router& router, buildkit::Service& service) {
  router.add("POST", "/grpc", [&service](Exchange& exchange) {
    check_upgrade(exchange);
    http::Hijacked connection = exchange.hijack(kHead);
    service.serve(std::move(connection.fd), std::move(connection.read_ahead));
  });
  router.add("POST", "/session",
             [&service](Exchange& exchange) { serve_session(service, exchange); });
}

}  // namespace gantry::api
