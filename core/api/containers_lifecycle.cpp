// Everything that changes a container: create, start, stop, …, delete. No logic here.
#include "core/api/container_handler.hpp"
#include "core/api/request_body.hpp"
#include "core/api/terminal_size.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/json/writer.hpp"
#include "core/services/containers/container_create.hpp"
#include "core/services/containers/container_kill.hpp"
#include "core/services/containers/container_pause.hpp"
#include "core/services/containers/container_remove.hpp"
#include "core/services/containers/container_rename.hpp"
#include "core/services/containers/container_resize.hpp"
#include "core/services/containers/container_start.hpp"
#include "core/services/containers/container_stop.hpp"
#include "core/services/containers/container_update.hpp"
#include "core/services/containers/container_wait.hpp"

namespace gantry::api {
namespace {

using http::Exchange;
using services::ContainerServices;

constexpr std::int64_t kHarmlessBody = 7;  // bytes; moby lets "null\n" and its like pass

void create(ContainerServices& services, Exchange& exchange) {
  const int minor = exchange.version().minor;
  const auto body = read_whole_json(exchange);
  auto request = domain::parse_create_request(body.root(), minor, services.create().defaults());
  const http::Query& query = exchange.query();
  const std::string platform = minor >= 41 ? query.get("platform") : std::string();
  const auto created = services.create().run(std::move(request), query.get("name"), platform);
  json::Writer w;
  w.begin_object().field("Id", created.id).field("Warnings", created.warnings).end_object();
  exchange.send_json(w.text(), 201);
}

void start(ContainerServices& services, Exchange& exchange) {
  if (!exchange.query().get("checkpoint").empty())
    throw Error(Errc::invalid, "checkpoint is only supported in experimental mode");
  if (exchange.has_body()) {
    const auto length = text::to_int(exchange.header("Content-Length"));
    if (!length || *length > kHarmlessBody)
      throw Error(Errc::invalid,
                  "starting container with non-empty request body was deprecated since API v1.22 "
                  "and removed in v1.24");
  }
  exchange.send_empty(services.start().run(exchange.param("id")) ? 204 : 304);
}

services::StopOptions stop_options(Exchange& exchange) {
  const http::Query query = read_form(exchange);
  services::StopOptions options;
  if (exchange.version().at_least(42)) options.signal = query.get("signal");
  if (!query.get("t").empty()) options.timeout_seconds = query.integer("t");
  return options;
}

void stop(ContainerServices& services, Exchange& exchange) {
  const bool stopped = services.stop_container().run(exchange.param("id"), stop_options(exchange));
  exchange.send_empty(stopped ? 204 : 304);
}

void restart(ContainerServices& services, Exchange& exchange) {
  services.restart().run(exchange.param("id"), stop_options(exchange));
  exchange.send_empty(204);
}

void kill(ContainerServices& services, Exchange& exchange) {
  services.kill().run(exchange.param("id"), read_form(exchange).get("signal"));
  exchange.send_empty(204);
}

void pause(ContainerServices& services, Exchange& exchange) {
  services.pause().pause(exchange.param("id"));
  exchange.send_empty(204);
}

void unpause(ContainerServices& services, Exchange& exchange) {
  services.pause().resume(exchange.param("id"));
  exchange.send_empty(204);
}

void rename(ContainerServices& services, Exchange& exchange) {
  services.rename().run(exchange.param("id"), read_form(exchange).get("name"));
  exchange.send_empty(204);
}

void resize(ContainerServices& services, Exchange& exchange) {
  const TerminalSize size = parse_terminal_size(read_form(exchange));
  services.resize().run(exchange.param("id"), size.rows, size.columns);
  exchange.send_empty(200);
}

void update(ContainerServices& services, Exchange& exchange) {
  const auto body = read_json(exchange);
  services.update().run(exchange.param("id"),
                        domain::parse_container_update(body.root(), exchange.version().minor));
  exchange.send_json(R"({"Warnings":[]})");
}

void remove(ContainerServices& services, Exchange& exchange) {
  const http::Query& query = exchange.query();
  services::ContainerRemove::Options options;
  options.force = query.boolean("force");
  options.volumes = query.boolean("v");
  options.link = query.boolean("link");
  services.remove().run(exchange.param("id"), options);
  exchange.send_empty(204);
}

void wait(ContainerServices& services, Exchange& exchange) {
  const bool has_condition = exchange.version().at_least(30);
  auto waiting = services.wait().begin(
      exchange.param("id"), has_condition ? read_form(exchange).get("condition") : std::string());
  // At once: the CLI sends `start` only after it has seen this head. Older ones wait for all of it.
  http::ResponseStream* answer = has_condition ? &exchange.stream("application/json") : nullptr;
  if (!waiting.outcome) {
    const bool peer_gone =
        wait_for(waiting.waiter->notifier(), exchange.peer()) == Woken::peer_gone;
    if (!peer_gone) waiting.outcome = waiting.waiter->outcome();
    if (!waiting.outcome) {  // else the engine stops
      if (answer == nullptr) throw Error(Errc::cancelled, "the wait was given up");
      return;
    }
  }
  json::Writer w;
  w.begin_object().field("StatusCode", waiting.outcome->exit_code).end_object();
  if (answer == nullptr) return exchange.send_json(w.text());
  answer->write(w.take() + "\n");
}

}  // namespace

void add_container_lifecycle_routes(http::Router& router, ContainerServices& services) {
  add_route(router, services, "POST", "/containers/create", create);
  add_route(router, services, "POST", "/containers/{id...}/start", start);
  add_route(router, services, "POST", "/containers/{id...}/stop", stop);
  add_route(router, services, "POST", "/containers/{id...}/restart", restart);
  add_route(router, services, "POST", "/containers/{id...}/kill", kill);
  add_route(router, services, "POST", "/containers/{id...}/pause", pause);
  add_route(router, services, "POST", "/containers/{id...}/unpause", unpause);
  add_route(router, services, "POST", "/containers/{id...}/rename", rename);
  add_route(router, services, "POST", "/containers/{id...}/resize", resize);
  add_route(router, services, "POST", "/containers/{id...}/update", update);
  add_route(router, services, "POST", "/containers/{id...}/wait", wait);
  add_route(router, services, "DELETE", "/containers/{id...}", remove);
}

}  // namespace gantry::api
