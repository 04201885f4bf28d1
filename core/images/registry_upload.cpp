#include "core/images/registry_upload.hpp"

#include <utility>

#include "core/base/error.hpp"
#include "core/images/registry_error.hpp"

namespace gantry::images {
namespace {

constexpr std::size_t kMaxAnswerBytes = 256u << 10;
constexpr const char* kBytes = "application/octet-stream";

std::string with_digest(const std::string& location, const std::string& digest) {
  const char separator = location.find('?') == std::string::npos ? '?' : '&';
  return location + separator + "digest=" + encode_query_value(digest);
}

}  // namespace

void RegistryUpload::refuse(const HttpResponse& response) {
  const std::string body = exchange_.read_all(kMaxAnswerBytes);
  const bool later = response.status >= 500 || response.status == 429;
  throw Error(later ? Errc::unavailable : Errc::internal, read_refusal(response, body).message);
}

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
                      .target = exchange_.session().base_path() + "/blobs/uploads/?mount=" +
                                encode_query_value(digest) + "&from=" + encode_query_value(from)});
  if (response.status == 202) place_ = response.header("location");
  return response.status == 201;
}

std::string RegistryUpload::begin() {
  if (!place_.empty()) return std::exchange(place_, {});
  const HttpResponse response = exchange_.send(
      {.method = "POST", .target = exchange_.session().base_path() + "/blobs/uploads/"});
  if (response.status != 202) refuse(response);
  return response.header("location");
}

// One piece, and then its digest: what all registries understand.
void RegistryUpload::finish(std::string location, const HttpRequest& body,
                            const std::string& digest) {
  const std::string uploads = exchange_.session().base_path() + "/blobs/uploads/";
  const HttpResponse taken = exchange_.send_to(uploads, location, body);
  if (taken.status != 202) refuse(taken);
  if (const std::string next = taken.header("location"); !next.empty()) location = next;
  const HttpResponse done =
      exchange_.send_to(uploads, with_digest(location, digest), {.method = "PUT"});
  if (done.status != 201 && done.status != 204) refuse(done);
}

void RegistryUpload::put_blob(const std::string& digest, const FileBody& file) {
  finish(begin(), {.method = "PATCH", .headers = {{"Content-Type", kBytes}}, .file = &file},
         digest);
}

void RegistryUpload::put_blob(const std::string& digest, const std::string& content) {
  finish(begin(), {.method = "PATCH", .headers = {{"Content-Type", kBytes}}, .body = content},
         digest);
}

void RegistryUpload::put_manifest(const std::string& tag, const Descriptor& manifest,
                                  const std::string& content) {
  const HttpResponse response =
      exchange_.send({.method = "PUT",
                      .target = exchange_.session().base_path() + "/manifests/" + tag,
                      .headers = {{"Content-Type", manifest.media_type}},
                      .body = content});
  if (response.status != 201) refuse(response);
}

}  // namespace gantry::images
