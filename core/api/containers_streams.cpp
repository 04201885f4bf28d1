// Long answers: logs, attach, stats, export.
#include <optional>

#include "core/api/container_handler.hpp"
#include "core/api/hijack_head.hpp"
#include "core/api/model/stats_json.hpp"
#include "core/base/error.hpp"
#include "core/base/socket.hpp"
#include "core/base/text.hpp"
#include "core/http/websocket.hpp"
#include "core/http/websocket_handshake.hpp"
#include "core/services/containers/container_attach.hpp"
#include "core/services/containers/container_export.hpp"
#include "core/services/containers/container_logs.hpp"
#include "core/services/containers/container_stats.hpp"

namespace gantry::api {
namespace {

using http::Exchange;
using services::ContainerServices;

UnixNanos parse_instant(const http::Query& query, const char* name) {
  const std::string value = query.get(name);
  if (value.empty()) return 0;
  const auto time = parse_unix_timestamp(value);
  if (!time)
    throw Error(Errc::invalid, std::string("invalid value for \"") + name + "\": " + value);
  return *time;
}

services::LogQuery parse_log_query(const http::Query& query) {
  services::LogQuery logs;
  logs.out = query.boolean("stdout");
  logs.err = query.boolean("stderr");
  if (!logs.out && !logs.err)
    throw Error(Errc::invalid, "Bad parameters: you must choose at least one stream");
  logs.follow = query.boolean("follow");
  logs.timestamps = query.boolean("timestamps");
  logs.details = query.boolean("details");
  // "all", nothing, or anything that is no number: everything.
  if (const auto tail = text::to_int(query.get("tail")); tail && *tail >= 0)
    logs.tail = static_cast<std::uint64_t>(*tail);
  logs.since = parse_instant(query, "since");
  logs.until = parse_instant(query, "until");
  return logs;
}

void logs(ContainerServices& services, Exchange& exchange) {
  const services::LogQuery query = parse_log_query(exchange.query());
  const state::ContainerPtr container = services.logs().open(exchange.param("id"));
  const bool framed = !container->record.config.tty && exchange.version().at_least(42);
  http::ResponseStream& answer = exchange.stream(
      framed ? "application/vnd.docker.multiplexed-stream" : "application/vnd.docker.raw-stream");
  services.logs().run(container, query, exchange.peer(),
                      [&](std::string_view data) { return answer.write(data); });
}

void attach(ContainerServices& services, Exchange& exchange) {
  const std::string& reference = exchange.param("id");
  bool taken = false;
  try {
    const http::Query& query = exchange.query();
    services::AttachOptions options;
    options.detach_keys = detach_key_bytes(query.get("detachKeys"));
    options.in = query.boolean("stdin");
    options.out = query.boolean("stdout");
    options.err = query.boolean("stderr");
    options.stream = query.boolean("stream");
    options.logs = query.boolean("logs");
    const std::string head = hijack_head(exchange, !services.attach().is_terminal(reference));
    services.attach().run(reference, options, [&] {
      taken = true;
      http::Hijacked connection = exchange.hijack(head);
      return services::ClientConnection{std::move(connection.fd), std::move(connection.read_ahead)};
    });
  } catch (const Error& error) {
    // Docker answers on the raw connection, in text.
    if (taken) throw;
    exchange.hijack(hijack_error(error));
  }
}

/// Both outputs in one stream without frames of its own, as in dockerd. The daemon stays between
/// the client and the supervisor: only here do the bytes have to be put into messages and taken
/// out.
void attach_websocket(ContainerServices& services, Exchange& exchange) {
  const std::string& reference = exchange.param("id");
  const http::Query& query = exchange.query();
  const bool selects = exchange.version().at_least(42);  // before: always all three
  services::AttachOptions options;
  options.detach_keys = detach_key_bytes(query.get("detachKeys"));
  options.in = !selects || query.boolean("stdin");
  options.out = !selects || query.boolean("stdout");
  options.err = !selects || query.boolean("stderr");
  options.stream = query.boolean("stream");
  options.logs = query.boolean("logs");
  options.multiplexed = false;
  options.relayed = true;
  services.attach().check(reference);
  if (!http::agree_on_websocket_version(exchange)) return;
  const std::string head = http::websocket_head(exchange);
  const auto kind = exchange.version().at_least(28) ? http::Opcode::binary : http::Opcode::text;
  std::optional<http::WebSocket> socket;
  const auto opened = [&]() -> http::WebSocket& {
    if (!socket) socket.emplace(exchange.upgrade(head), kind);
    return *socket;
  };
  options.old_output = [&](std::string_view data, const Deadline& deadline) {
    return opened().write(data, deadline);
  };
  auto [ours, theirs] = make_socket_pair();
  // Whoever reads the answer is attached already: nothing that is put out from then on is missed.
  const services::Attached attached = services.attach().run(reference, options, [&] {
    return services::ClientConnection{std::move(theirs), {}};
  });
  opened().relay(ours.get(), attached.takes_input);
}

void stats(ContainerServices& services, Exchange& exchange) {
  using Mode = services::ContainerStats::Mode;
  const bool streams = exchange.query().boolean("stream", true);
  const bool one_shot = exchange.version().at_least(41) && exchange.query().boolean("one-shot");
  if (streams && one_shot) throw Error(Errc::invalid, "cannot have stream=true and one-shot=true");
  const Mode mode = streams ? Mode::stream : one_shot ? Mode::one_shot : Mode::two;
  http::ResponseStream* answer = nullptr;
  const auto begin = [&] {
    // As in Docker only a single answer has a type.
    if (answer == nullptr) answer = &exchange.stream(streams ? "" : "application/json");
  };
  const bool goes_on =
      services.stats().run(exchange.param("id"), mode, exchange.peer(),
                           [&](const auto& record, const auto& now, const auto& before) {
                             begin();
                             return answer->write(stats_json(record, now, before) + "\n");
                           });
  if (!goes_on && answer == nullptr) throw Error(Errc::unavailable, "the engine is shutting down");
  begin();  // also of a container that was removed before there was anything to tell
}

void export_root(ContainerServices& services, Exchange& exchange) {
  const state::ContainerPtr container = services.export_root().open(exchange.param("id"));
  http::ResponseStream* answer = nullptr;
  services.export_root().run(container, [&](std::string_view data) {
    // The head goes with the first bytes, so that an error before them has its status.
    if (answer == nullptr) answer = &exchange.stream("application/octet-stream");
    return answer->write(data);
  });
}

}  // namespace

void add_container_stream_routes(http::Router& router, ContainerServices& services) {
  add_route(router, services, "GET", "/containers/{id...}/logs", logs);
  add_route(router, services, "POST", "/containers/{id...}/attach", attach);
  add_route(router, services, "GET", "/containers/{id...}/attach/ws", attach_websocket);
  add_route(router, services, "GET", "/containers/{id...}/stats", stats);
  add_route(router, services, "GET", "/containers/{id...}/export", export_root);
}

}  // namespace gantry::api
