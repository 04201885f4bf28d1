// What clients read of containers: list, inspect, top, and the numbers of prune.
#include "core/api/container_handler.hpp"
#include "core/api/model/container_inspect_json.hpp"
#include "core/api/model/container_list_json.hpp"
#include "core/api/request_body.hpp"
#include "core/base/error.hpp"
#include "core/json/writer.hpp"
#include "core/services/containers/container_inspect.hpp"
#include "core/services/containers/container_list.hpp"
#include "core/services/containers/container_prune.hpp"
#include "core/services/containers/container_top.hpp"

namespace gantry::api {
namespace {

using http::Exchange;
using services::ContainerServices;

void list(ContainerServices& services, Exchange& exchange) {
  const http::Query& query = exchange.query();
  services::ListOptions options;
  options.all = query.boolean("all");
  options.limit = query.get("limit").empty() ? 0 : query.integer("limit").value_or(0);
  options.since = query.get("since");
  options.before = query.get("before");
  options.filters = domain::FilterArgs::parse(query.get("filters"));
  const bool with_sizes = query.boolean("size");
  const int minor = exchange.version().minor;
  const UnixNanos now = now_nanos();

  std::string body = "[";
  for (const state::ContainerPtr& container : services.list().run(options)) {
    if (body.size() > 1) body += ',';
    std::optional<services::ContainerUsage> usage;
    if (with_sizes)
      usage = services::container_usage(services.list().runtime(), container->record.id);
    append_list_entry(body, *container, services.list().shown_image(container->record), minor, now,
                      usage);
  }
  body += ']';
  exchange.send_json(body);
}

void inspect(ContainerServices& services, Exchange& exchange) {
  const auto inspected =
      services.inspect().run(exchange.param("id"), exchange.query().boolean("size"));
  exchange.send_json(inspect_json(inspected, exchange.version().minor));
}

void top(ContainerServices& services, Exchange& exchange) {
  const services::ProcessTable table =
      services.top().run(exchange.param("id"), exchange.query().get("ps_args"));
  json::Writer w;
  w.begin_object().key("Processes").begin_array();
  for (const auto& process : table.processes) w.strings(process);
  w.end_array().field("Titles", table.titles).end_object();
  exchange.send_json(w.text());
}

void prune(ContainerServices& services, Exchange& exchange) {
  const auto pruned =
      services.prune().run(domain::FilterArgs::parse(read_form(exchange).get("filters")));
  json::Writer w;
  w.begin_object().key("ContainersDeleted");
  pruned.ids.empty() ? w.null() : w.strings(pruned.ids);
  w.field("SpaceReclaimed", pruned.reclaimed).end_object();
  exchange.send_json(w.text());
}

}  // namespace

void add_container_list_routes(http::Router& router, ContainerServices& services) {
  add_route(router, services, "GET", "/containers/json", list);
  add_route(router, services, "GET", "/containers/{id...}/json", inspect);
  add_route(router, services, "GET", "/containers/{id...}/top", top);
  add_route(router, services, "POST", "/containers/prune", prune);
}

}  // namespace gantry::api
