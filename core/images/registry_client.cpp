#include "core/images/registry_client.hpp"

#include <algorithm>

#include "core/base/digest.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/images/manifest.hpp"
#include "core/images/media_types.hpp"
#include "core/images/registry_error.hpp"
#include "core/json/reader.hpp"

namespace gantry::images {
namespace {

constexpr int kMaxTagPages = 200;

// The target of a `Link: </v2/x/tags/list?last=b>; rel="next"` header; empty when there is no next
// page.
std::string next_page(const std::string& link) {
  const std::size_t open = link.find('<'), end = link.find('>');
  if (open == std::string::npos || end == std::string::npos || end < open) return {};
  if (text::lower(link.substr(end)).find("rel=\"next\"") == std::string::npos &&
      text::lower(link.substr(end)).find("rel=next") == std::string::npos)
    return {};
  return link.substr(open + 1, end - open - 1);
}

}  // namespace

HttpResponse RegistryClient::get(const std::string& target, const Headers& headers) {
  return exchange_.send({"GET", target, headers, {}});
}

FetchedManifest RegistryClient::manifest(const std::string& version, const Reference& reference) {
  using namespace media;
  Headers accept;
  for (const std::string_view type :
       {kDockerManifest, kDockerList, kOciManifest, kOciIndex, kDockerSchema1Signed})
    accept.emplace_back("Accept", std::string(type));
  const HttpResponse response = get(session_.base_path() + "/manifests/" + version, accept);
  if (response.status != 200)
    throw refusal_error(response, exchange_.read_all(kMaxRefusalBytes), reference);

  FetchedManifest fetched;
  fetched.content = exchange_.read_all(kMaxManifestBytes);
  fetched.descriptor.media_type = response.header("content-type");
  fetched.descriptor.size = fetched.content.size();
  fetched.descriptor.digest = "sha256:" + sha256_hex(fetched.content);
  const std::string announced = response.header("docker-content-digest");
  const std::string& expected = is_digest(version) ? version : announced;
  if (is_digest(expected) && expected != fetched.descriptor.digest)
    throw Error(Errc::internal, "manifest verification failed for digest " + expected);
  return fetched;
}

std::vector<std::string> RegistryClient::tags(const Reference& reference) {
  std::vector<std::string> tags;
  std::string target = session_.base_path() + "/tags/list";
  for (int page = 0; page < kMaxTagPages && !target.empty(); ++page) {
    const HttpResponse response = get(target, {});
    const std::string body = exchange_.read_all(kMaxManifestBytes);
    if (response.status != 200) throw refusal_error(response, body, reference);
    const json::Document document =
        json::Document::parse(body, {.bytes = kMaxManifestBytes, .depth = 8});
    for (std::string& tag : document.root()["tags"].strings())
      if (is_tag(tag)) tags.push_back(std::move(tag));
    const std::string next = next_page(response.header("link"));
    if (next.empty()) break;
    const Url url = resolve_url({session_.origin(), target, {}}, next);
    if (url.origin != session_.origin()) break;
    target = url.target;
  }
  return tags;
}

std::uint64_t RegistryClient::open_blob(const std::string& digest, std::uint64_t offset,
                                        const Reference& reference) {
  Headers headers;
  if (offset > 0) headers.emplace_back("Range", "bytes=" + std::to_string(offset) + "-");
  const HttpResponse response = get(session_.base_path() + "/blobs/" + digest, headers);
  announced_size_ = response.length;
  if (response.status == 200) return 0;
  if (response.status == 206) {
    // "bytes 100-199/200"
    const std::string range = response.header("content-range");
    const std::string wanted = "bytes " + std::to_string(offset) + "-";
    if (announced_size_) *announced_size_ += offset;
    if (range.starts_with(wanted)) return offset;
    throw Error(Errc::unavailable, "unexpected range \"" + range + "\" of blob " + digest);
  }
  const std::string body = exchange_.read_all(kMaxRefusalBytes);
  // Nothing to send behind what we have: the caller starts over.
  if (response.status == 416 && offset > 0) return open_blob(digest, 0, reference);
  const RegistryRefusal refusal = read_refusal(response, body);
  if (response.status == 404)
    throw Error(Errc::internal, refusal.code == "MANIFEST_UNKNOWN"
                                    ? "blob unknown: blob " + digest + " is unknown to the registry"
                                    : refusal.message);
  throw refusal_error(response, body, reference);
}

std::string RegistryClient::config(const Descriptor& blob, const Reference& reference) {
  open_blob(blob.digest, 0, reference);
  std::string text;
  char buffer[16384];
  while (const std::size_t n = read(buffer, sizeof buffer)) {
    text.append(buffer, n);
    if (text.size() > kMaxConfigBytes) break;
  }
  if ("sha256:" + sha256_hex(text) != blob.digest)
    throw Error(Errc::internal, "image config verification failed for digest " + blob.digest);
  return text;
}

}  // namespace gantry::images
