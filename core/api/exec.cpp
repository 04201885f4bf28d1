#include "core/api/exec.hpp"

#include "core/api/container_handler.hpp"
#include "core/api/hijack_head.hpp"
#include "core/api/model/exec_json.hpp"
#include "core/api/request_body.hpp"
#include "core/api/terminal_size.hpp"
#include "core/base/error.hpp"
#include "core/json/reader.hpp"
#include "core/json/writer.hpp"
#include "core/services/processes/exec.hpp"

namespace gantry::api {
namespace {

using http::Exchange;
using services::ContainerServices;

void create(ContainerServices& services, Exchange& exchange) {
  const auto body = read_json(exchange);
  auto config = parse_exec_config(body.root(), exchange.version().minor);
  config.container_id = exchange.param("id");
  if (const std::string keys = body.root()["DetachKeys"].str(); !keys.empty())
    config.detach_keys = detach_key_bytes(keys);
  const std::string id = services.exec().create(std::move(config));
  json::Writer w;
  w.begin_object().field("Id", id).end_object();
  exchange.send_json(w.text(), 201);
}

void start(ContainerServices& services, Exchange& exchange) {
  const std::string& id = exchange.param("id");
  const auto body = read_json(exchange);
  const json::Node root = body.root();
  services::ExecService::StartOptions options;
  options.framed = !root["Tty"].boolean();
  if (const auto size = find_console_size(root["ConsoleSize"]);
      size && exchange.version().at_least(42)) {
    options.tty_rows = size->rows;
    options.tty_columns = size->columns;
  }
  if (root["Detach"].boolean()) {
    services.exec().start_detached(id);
    return exchange.send_empty(200);
  }
  services.exec().start(id, options, [&] {
    // With the usual headers, other than that of an attach.
    http::Hijacked connection =
        exchange.hijack(hijack_head(exchange, options.framed, exchange.usual_headers()));
    return services::ClientConnection{std::move(connection.fd), std::move(connection.read_ahead)};
  });
}

void resize(ContainerServices& services, Exchange& exchange) {
  const TerminalSize size = parse_terminal_size(read_form(exchange));
  services.exec().resize(exchange.param("id"), size.rows, size.columns);
  exchange.send_empty(200);
}

void inspect(ContainerServices& services, Exchange& exchange) {
  exchange.send_json(exec_json(services.exec().inspect(exchange.param("id"))));
}

}  // namespace

void add_exec_routes(http::Router& router, ContainerServices& containers) {
  add_route(router, containers, "POST", "/containers/{id...}/exec", create);
  add_route(router, containers, "POST", "/exec/{id...}/start", start);
  add_route(router, containers, "POST", "/exec/{id...}/resize", resize);
  add_route(router, containers, "GET", "/exec/{id...}/json", inspect);
}

}  // namespace gantry::api
