#include "core/api/events.hpp"

#include "core/api/model/event_json.hpp"
#include "core/base/error.hpp"
#include "core/base/time.hpp"
#include "core/domain/event_filter.hpp"
#include "core/services/engine/event_feed.hpp"

namespace gantry::api {
namespace {

std::optional<UnixNanos> instant(const http::Exchange& exchange, const char* name) {
  const std::string value = exchange.query().get(name);
  if (value.empty()) return std::nullopt;
  const auto parsed = parse_unix_timestamp(value);
  if (!parsed)
    throw Error(Errc::invalid, "invalid value for " + std::string(name) + ": \"" + value + "\"");
  // Zero is "not given", as for the CLI, which sends it so.
  if (*parsed == 0) return std::nullopt;
  return parsed;
}

void follow(state::EventBus& bus, http::Exchange& exchange) {
  services::EventQuery query;
  query.since = instant(exchange, "since");
  query.until = instant(exchange, "until");
  if (query.since && query.until && *query.until < *query.since)
    throw Error(Errc::invalid, "`since` time (" + exchange.query().get("since") +
                                   ") cannot be after `until` time (" +
                                   exchange.query().get("until") + ")");
  query.filters = domain::FilterArgs::parse(exchange.query().get("filters"));
  domain::check_event_filters(query.filters);

  // Subscribed before the head is sent: whoever has seen the head misses nothing.
  services::EventFeed feed(bus, std::move(query));
  const bool image_create = exchange.version().at_least(46);
  http::ResponseStream& stream = exchange.stream("application/json");
  feed.run(exchange.peer(), [&](const domain::Event& event) {
    if (!image_create && event.type == "image" && event.action == "create") return true;
    return stream.write(event_json(event) + "\n");
  });
}

}  // namespace

void add_event_routes(http::Router& router, state::EventBus& bus) {
  router.add("GET", "/events", [&bus](http::Exchange& exchange) { follow(bus, exchange); });
}

}  // namespace gantry::api
