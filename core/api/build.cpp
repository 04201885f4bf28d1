#include "core/api/build.hpp"

#include <functional>
#include <utility>

#include "core/api/body_pieces.hpp"
#include "core/api/build_query.hpp"
#include "core/api/posted_build.hpp"
#include "core/api/request_body.hpp"
#include "core/base/error.hpp"
#include "core/http/json_stream.hpp"
#include "core/images/progress.hpp"
#include "core/json/writer.hpp"

namespace gantry::api {
namespace {

using http::Exchange;

build::GivenArguments arguments(const http::Query& query) {
  build::GivenArguments given;
  const auto document = json_parameter(query, "buildargs");
  document.root().each_member([&](std::string_view name, json::Node value) {
    given[std::string(name)] = value.find_str();
  });
  return given;
}

void refuse(const http::Query& query) {
  refuse_options(query);
  const std::string outputs = query.get("outputs");
  if (!outputs.empty() && outputs != "[]" && outputs != "null")
    invalid("outputs: only BuildKit can write build results elsewhere");
  if (!query.get("session").empty())
    throw Error(Errc::unsupported, "session: only builds by BuildKit have one");
}

void field(json::Writer& out, const http::Query& query, const char* name, const char* member) {
  if (const auto value = query.integer(name); value && *value != 0) out.field(member, *value);
}

/// The limits of the containers, as a create would have them.
std::string host_config(const http::Query& query) {
  json::Writer out;
  out.begin_object();
  field(out, query, "memory", "Memory");
  field(out, query, "memswap", "MemorySwap");
  field(out, query, "cpushares", "CpuShares");
  field(out, query, "cpuperiod", "CpuPeriod");
  field(out, query, "cpuquota", "CpuQuota");
  field(out, query, "shmsize", "ShmSize");
  out.field("CpusetCpus", query.get("cpusetcpus")).field("CpusetMems", query.get("cpusetmems"));
  out.field("CgroupParent", query.get("cgroupparent"));
  out.field("ExtraHosts", query.all("extrahosts"));
  const auto ulimits = json_parameter(query, "ulimits");
  if (ulimits.root()) out.key("Ulimits").raw(ulimits.root().raw());
  out.end_object();
  return out.take();
}

std::function<images::RegistryAuth(const std::string&)> logins(const Exchange& exchange) {
  return [given = images::decode_registry_config(exchange.header("X-Registry-Config"))](
             const std::string& domain) { return images::find_login(given, domain); };
}

services::BuildRequest request_of(const Exchange& exchange) {
  const http::Query& query = exchange.query();
  refuse(query);
  services::BuildRequest request;
  request.names = image_names(query);
  request.dockerfile = query.get("dockerfile");
  request.remote = query.get("remote");
  request.target = query.get("target");
  if (const std::string platform = query.get("platform");
      !platform.empty() && exchange.version().at_least(32))
    request.platform = images::parse_platform(platform);
  request.arguments = arguments(query);
  const auto labels = json_parameter(query, "labels");
  if (labels.root()) request.labels = labels.root().string_map();
  const auto cache_from = json_parameter(query, "cachefrom");
  if (cache_from.root()) request.cache_from = cache_from.root().strings();
  request.host_config = host_config(query);
  request.network_mode = query.get("networkmode");
  request.login = logins(exchange);
  request.id = query.get("buildid");
  request.quiet = query.boolean("q");
  request.use_cache = !query.boolean("nocache");
  request.pull = query.boolean("pull");
  request.force_remove = query.boolean("forcerm");
  request.remove = query.boolean("rm", true) || request.force_remove;
  return request;
}

/// What has begun to be told is told to have failed.
void tell(Exchange& exchange, const std::function<void(const services::ProgressOutput&)>& work) {
  http::JsonStream stream(exchange);
  try {
    work(progress_to(stream, exchange));
  } catch (const services::BuildFailure& failure) {
    stream.write(images::error_line(failure.what(), failure.exit_code()));
  } catch (const Error& error) {
    stream.write_error(error.what());
  }
}

/// Clients before API 1.30 know no lines but messages.
services::ProgressOutput without_ids(const services::ProgressOutput& output) {
  return {[&output](std::string_view line) {
            return line.starts_with(R"({"aux":)") || output.write(line);
          },
          output.peer};
}

void build_classic(services::ImageBuild& builds, Exchange& exchange) {
  const services::BuildRequest request = request_of(exchange);
  BodyPieces body(exchange);
  tell(exchange, [&](const services::ProgressOutput& output) {
    builds.run(request, std::ref(body),
               exchange.version().at_least(30) ? output : without_ids(output));
  });
}

void build_posted(buildkit::PostedBuilds& builds, Exchange& exchange) {
  BodyPieces body(exchange);
  if (const std::string id = upload_id(exchange.query()); !id.empty()) {
    builds.upload(id, std::ref(body));
    return exchange.send_empty(200);
  }
  if (const std::string session = exchange.query().get("session"); !session.empty())
    builds.await_session(session);
  buildkit::PostedBuild build = read_posted_build(exchange.query());
  build.login = logins(exchange);
  tell(exchange, [&](const auto& output) { builds.run(build, std::ref(body), output); });
}

void build(services::ImageBuild& classic, buildkit::PostedBuilds& posted, Exchange& exchange) {
  const std::string version = exchange.query().get("version", "1");
  if (version == "2") return build_posted(posted, exchange);
  if (version != "1") invalid("invalid version \"" + version + "\"");
  build_classic(classic, exchange);
}

std::uint64_t bytes(const http::Query& query, const char* name) {
  const auto value = query.integer(name);
  if (value && *value < 0) invalid(std::string(name) + " must not be negative");
  return static_cast<std::uint64_t>(value.value_or(0));
}

void prune(services::BuildPrune& caches, Exchange& exchange) {
  const http::Query query = read_form(exchange);
  services::BuildPrune::Limits limits;
  limits.reserved = bytes(query, query.has("reserved-space") ? "reserved-space" : "keep-storage");
  limits.max_used = bytes(query, "max-used-space");
  limits.min_free = bytes(query, "min-free-space");
  const auto result = caches.run(domain::FilterArgs::parse(query.get("filters")), limits);
  json::Writer w;
  w.begin_object();
  if (result.deleted.empty())
    w.key("CachesDeleted").null();
  else
    w.field("CachesDeleted", result.deleted);
  w.field("SpaceReclaimed", result.freed_bytes).end_object();
  exchange.send_json(w.text());
}

}  // namespace

void add_build_routes(http::Router& router, services::ImageBuild& builds,
                      buildkit::PostedBuilds& posted, services::BuildPrune& caches) {
  router.add("POST", "/build",
             [&builds, &posted](Exchange& exchange) { build(builds, posted, exchange); });
  router.add("POST", "/build/prune", [&caches](Exchange& exchange) { prune(caches, exchange); });
  router.add("POST", "/build/cancel", [&builds, &posted](Exchange& exchange) {
    const std::string id = read_form(exchange).get("id");
    if (id.empty()) throw Error(Errc::invalid, "build ID not provided");
    builds.cancel(id);
    posted.cancel(id);
    exchange.send_empty(204);
  });
}

}  // namespace gantry::api
