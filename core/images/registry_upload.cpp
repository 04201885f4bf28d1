#include "core/images/registry_upload.hpp"

#include "core/base/error.hpp"
#include "core/images/registry_error.hpp"

namespace gantry::images {
namespace {

constexpr std::size_t kMaxAnswerBytes = 256u << 10;
constexpr const char* kBytes = "application/octet-stream";

// Registries do not agree on which.
bool is_success(const HttpResponse& response) {
  return response.status >= 200 && response.status < 300;
}

}  // namespace

Url RegistryUpload::uploads() const {
  const RegistrySession& session = exchange_.session();
  return {session.origin(), session.base_path() + "/blobs/uploads/", {}};
}

void RegistryUpload::refuse(const HttpResponse& response, bool in_upload) {
  const RegistryRefusal refusal = read_refusal(response, exchange_.read_all(kMaxAnswerBytes));
  const bool busy = response.status >= 500 || response.status == 429;
  // An upload that broke off may be gone, or have another part of the blob than its sender thinks.
  const bool lost = in_upload && (response.status == 404 || response.status == 416 ||
                                  refusal.code == "DIGEST_INVALID");
  throw Error(busy || lost ? Errc::unavailable : Errc::internal, refusal.message);
}

void RegistryUpload::ping() { exchange_.send({.target = exchange_.session().api_path()}); }

bool RegistryUpload::has_blob(const std::string& digest) {
  const HttpResponse response = exchange_.send(
      {.method = "HEAD", .target = exchange_.session().base_path() + "/blobs/" + digest});
  if (response.status == 404) return false;
  if (response.status != 200) refuse(response);
  return true;
}

bool RegistryUpload::mount_blob(const std::string& digest, const std::string& from) {
  const HttpResponse response =
      exchange_.send({.method = "POST",
                      .target = uploads().target + "?mount=" + encode_query_value(digest) +
                                "&from=" + encode_query_value(from)});
  if (response.status == 201) return true;
  // Instead it has begun an upload, which nobody is going to use.
  if (const std::string place = response.header("location");
      response.status == 202 && !place.empty())
    exchange_.send_to(resolve_url(uploads(), place), {.method = "DELETE"});
  return false;
}

// One piece, and then its digest: what all registries understand.
void RegistryUpload::upload(const std::string& digest, HttpRequest body) {
  const HttpResponse begun = exchange_.send({.method = "POST", .target = uploads().target});
  if (begun.status != 202) refuse(begun);
  Url place = resolve_url(uploads(), begun.header("location"));

  body.method = "PATCH";
  body.headers = {{"Content-Type", kBytes}};
  body.once = true;
  const HttpResponse taken = exchange_.send_to(place, body);
  if (!is_success(taken)) refuse(taken, true);
  if (const std::string next = taken.header("location"); !next.empty())
    place = resolve_url(place, next);

  const char separator = place.target.find('?') == std::string::npos ? '?' : '&';
  place.target += separator + ("digest=" + encode_query_value(digest));
  const HttpResponse done = exchange_.send_to(place, {.method = "PUT", .once = true});
  if (!is_success(done)) refuse(done, true);
}

void RegistryUpload::put_blob(const std::string& digest, const FileBody& file) {
  upload(digest, {.file = &file});
}

void RegistryUpload::put_blob(const std::string& digest, const std::string& content) {
  upload(digest, {.body = content});
}

void RegistryUpload::put_manifest(const std::string& tag, const Descriptor& manifest,
                                  const std::string& content) {
  const HttpResponse response =
      exchange_.send({.method = "PUT",
                      .target = exchange_.session().base_path() + "/manifests/" + tag,
                      .headers = {{"Content-Type", manifest.media_type}},
                      .body = content});
  if (!is_success(response)) refuse(response);
}

}  // namespace gantry::images
