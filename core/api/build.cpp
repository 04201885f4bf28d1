#include "core/api/build.hpp"

#include <functional>
#include <utility>

#include "core/api/body_pieces.hpp"
#include "core/base/error.hpp"
#include "core/http/json_stream.hpp"
#include "core/images/progress.hpp"
#include "core/json/reader.hpp"
#include "core/json/writer.hpp"

namespace gantry::api {
namespace {

using http::Exchange;

[[noreturn]] void invalid(const std::string& message) { throw Error(Errc::invalid, message); }

json::Document parameter(const http::Query& query, const char* name) {
  const std::string text = query.get(name);
  if (text.empty()) return {};
  try {
    return json::Document::parse(text);
  } catch (const Error& error) {
    invalid("error reading " + std::string(name) + ": " + error.what());
  }
}

build::GivenArguments arguments(const http::Query& query) {
  build::GivenArguments given;
  const auto document = parameter(query, "buildargs");
  document.root().each_member([&](std::string_view name, json::Node value) {
    given[std::string(name)] = value.find_str();
  });
  return given;
}

void refuse(const http::Query& query) {
  const std::string version = query.get("version", "1");
  if (version == "2")
    throw Error(Errc::unsupported, "version: BuildKit is reached by /grpc here; use version=1");
  if (version != "1") invalid("invalid version \"" + version + "\"");
  if (query.boolean("squash")) invalid("squash is only supported with experimental mode");
  if (!query.all("securityopt").empty())
    invalid("The daemon on this platform does not support setting security options on build");
  const std::string isolation = query.get("isolation");
  if (!isolation.empty() && isolation != "default")
    invalid("Unsupported isolation: \"" + isolation + "\"");
  const std::string outputs = query.get("outputs");
  if (!outputs.empty() && outputs != "[]" && outputs != "null")
    invalid("outputs: only BuildKit can write build results elsewhere");
  if (!query.get("session").empty())
    throw Error(Errc::unsupported, "session: only builds by /grpc have one");
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
  const auto ulimits = parameter(query, "ulimits");
  if (ulimits.root()) out.key("Ulimits").raw(ulimits.root().raw());
  out.end_object();
  return out.take();
}

services::BuildRequest request_of(const Exchange& exchange) {
  const http::Query& query = exchange.query();
  refuse(query);
  services::BuildRequest request;
  for (const std::string& name : query.all("t")) {
    if (name.empty()) continue;
    images::Reference reference = images::parse_reference(name);
    if (!reference.digest.empty()) invalid("build tag cannot contain a digest");
    request.names.push_back(std::move(reference));
  }
  request.dockerfile = query.get("dockerfile");
  request.remote = query.get("remote");
  request.target = query.get("target");
  if (const std::string platform = query.get("platform");
      !platform.empty() && exchange.version().at_least(32))
    request.platform = images::parse_platform(platform);
  request.arguments = arguments(query);
  const auto labels = parameter(query, "labels");
  if (labels.root()) request.labels = labels.root().string_map();
  const auto cache_from = parameter(query, "cachefrom");
  if (cache_from.root()) request.cache_from = cache_from.root().strings();
  request.host_config = host_config(query);
  request.network_mode = query.get("networkmode");
  request.login = [logins = images::decode_registry_config(exchange.header("X-Registry-Config"))](
                      const std::string& domain) { return images::find_login(logins, domain); };
  request.id = query.get("buildid");
  request.quiet = query.boolean("q");
  request.use_cache = !query.boolean("nocache");
  request.pull = query.boolean("pull");
  request.force_remove = query.boolean("forcerm");
  request.remove = query.boolean("rm", true) || request.force_remove;
  return request;
}

void build(services::ImageBuild& builds, Exchange& exchange) {
  const services::BuildRequest request = request_of(exchange);
  http::JsonStream stream(exchange);
  BodyPieces body(exchange);
  try {
    builds.run(request, std::ref(body), progress_to(stream, exchange));
  } catch (const services::BuildFailure& failure) {
    stream.write(images::error_line(failure.what(), failure.exit_code()));
  } catch (const Error& error) {
    stream.write_error(error.what());
  }
}

std::uint64_t bytes(const http::Query& query, const char* name) {
  const auto value = query.integer(name);
  if (value && *value < 0) invalid(std::string(name) + " must not be negative");
  return static_cast<std::uint64_t>(value.value_or(0));
}

void prune(services::BuildPrune& caches, Exchange& exchange) {
  const http::Query& query = exchange.query();
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
                      services::BuildPrune& caches) {
  router.add("POST", "/build", [&builds](Exchange& exchange) { build(builds, exchange); });
  router.add("POST", "/build/prune", [&caches](Exchange& exchange) { prune(caches, exchange); });
  router.add("POST", "/build/cancel", [&builds](Exchange& exchange) {
    const std::string id = exchange.query().get("id");
    if (id.empty()) throw Error(Errc::invalid, "build ID not provided");
    builds.cancel(id);
    exchange.send_empty(204);
  });
}

}  // namespace gantry::api
