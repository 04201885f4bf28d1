// Images that come and go as streams: create (pull, import), push, load, get. In-band errors once
// bytes are out.
#include "core/api/body_pieces.hpp"
#include "core/api/images.hpp"
#include "core/api/request_body.hpp"
#include "core/base/digest.hpp"
#include "core/base/error.hpp"
#include "core/http/json_stream.hpp"
#include "core/images/progress.hpp"

namespace gantry::api {
namespace {

using http::Exchange;
using http::JsonStream;
using services::Images;

std::optional<images::Platform> platform_of(const Exchange& exchange, const http::Query& query) {
  const std::string text = query.get("platform");
  if (text.empty() || !exchange.version().at_least(32)) return std::nullopt;
  return images::parse_platform(text);
}

// `fromImage` with `tag`, which may be a digest and takes precedence. `pull -a` sends a trailing
// colon.
images::Reference pulled_reference(const http::Query& query) {
  std::string name = query.get("fromImage");
  if (name.ends_with(':')) name.pop_back();
  images::Reference reference = images::parse_reference(name);
  const std::string tag = query.get("tag");
  if (tag.empty()) return reference;
  reference.tag.clear();
  reference.digest.clear();
  if (images::is_digest(tag))
    reference.digest = tag;
  else if (images::is_tag(tag))
    reference.tag = tag;
  else
    throw Error(Errc::invalid, "invalid tag format");
  return reference;
}

void pull(Images& images, Exchange& exchange, const http::Query& query, JsonStream& stream) {
  services::ImagePull::Request request;
  request.reference = pulled_reference(query);
  request.platform = platform_of(exchange, query);
  request.auth = images::decode_registry_auth(exchange.header("X-Registry-Auth"));
  images.pull.run(request, progress_to(stream, exchange));
}

// Without `tag` all tags of the repository.
images::Reference pushed_reference(const Exchange& exchange, const http::Query& query) {
  images::Reference reference = images::parse_reference(exchange.param("name"));
  if (!reference.digest.empty()) throw Error(Errc::invalid, "cannot push a digest reference");
  const std::string tag = query.get("tag");
  if (tag.empty()) return reference;
  if (!images::is_tag(tag)) throw Error(Errc::invalid, "invalid tag format");
  reference.tag = tag;
  return reference;
}

void push(Images& images, Exchange& exchange) {
  services::ImagePush::Request request;
  const http::Query query = read_form(exchange);
  request.reference = pushed_reference(exchange, query);
  if (const std::string platform = query.get("platform");
      !platform.empty() && exchange.version().at_least(46))
    request.platform = images::parse_platform_json(platform);
  request.auth = images::decode_registry_auth(exchange.header("X-Registry-Auth"));
  JsonStream stream(exchange);
  try {
    images.push.run(request, progress_to(stream, exchange));
  } catch (const Error& e) {
    stream.write_error(e.what());
  }
}

void import(Images& images, Exchange& exchange, const http::Query& query, JsonStream& stream) {
  services::ImageImport::Request request;
  request.source = query.get("fromSrc");
  request.name = services::parse_repo_tag(query.get("repo"), query.get("tag"));
  request.platform = platform_of(exchange, query);
  request.comment = query.get("message");
  request.changes = query.all("changes");
  BodyPieces body(exchange);
  images.import.run(request, std::ref(body), progress_to(stream, exchange));
}

void create(Images& images, Exchange& exchange) {
  // The body of an import is the archive, whatever its content type says.
  const bool imports = !exchange.query().get("fromSrc").empty();
  const http::Query query = imports ? exchange.query() : read_form(exchange);
  JsonStream stream(exchange);
  try {
    if (!query.get("fromImage").empty())
      pull(images, exchange, query, stream);
    else if (!query.get("fromSrc").empty())
      import(images, exchange, query, stream);
    else
      throw Error(Errc::invalid, "fromImage or fromSrc must be given");
  } catch (const Error& e) {
    stream.write_error(e.what());
  }
}

// Load reports every failure in-band, with status 200 (behaviours.md 9.10).
void load(Images& images, Exchange& exchange) {
  services::ImageLoad::Request request;
  request.quiet = exchange.query().boolean("quiet", true);
  request.platform = single_platform(exchange);
  JsonStream stream(exchange);
  BodyPieces body(exchange);
  try {
    images.load.run(request, std::ref(body), progress_to(stream, exchange));
  } catch (const Error& e) {
    stream.write(images::error_line(e.what()));
  }
}

void save(Images& images, Exchange& exchange, const std::vector<std::string>& names) {
  const services::ImageSave::Plan plan = images.save.plan(names, single_platform(exchange));
  http::ResponseStream& stream = exchange.stream("application/x-tar");
  images.save.write(plan, [&stream](std::string_view piece) {
    if (!stream.write(piece)) throw Error(Errc::cancelled, "client went away");
  });
}

}  // namespace

std::optional<images::Platform> single_platform(const Exchange& exchange) {
  if (!exchange.version().at_least(48)) return std::nullopt;
  const auto given = exchange.query().all("platform");
  if (given.size() > 1) throw Error(Errc::invalid, "multiple platform parameters not supported");
  if (given.empty() || given[0].empty()) return std::nullopt;
  return images::parse_platform_json(given[0]);
}

void add_image_stream_routes(http::Router& router, Images& images) {
  router.add("POST", "/images/create", [&images](Exchange& e) { create(images, e); });
  router.add("POST", "/images/{name...}/push", [&images](Exchange& e) { push(images, e); });
  router.add("POST", "/images/load", [&images](Exchange& e) { load(images, e); });
  router.add("GET", "/images/get",
             [&images](Exchange& e) { save(images, e, e.query().all("names")); });
  router.add("GET", "/images/{name...}/get",
             [&images](Exchange& e) { save(images, e, {e.param("name")}); });
}

}  // namespace gantry::api
