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

constexpr std::size_t kMaxRefusalBytes = 256u << 10;
constexpr int kMaxRedirects = 10;
constexpr int kMaxTagPages = 200;

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

// "Get "URL": reason", as Go prints what went wrong below HTTP.
Error named(const Error& e, const std::string& url) {
  return Error(e.code(), "Get \"" + url + "\": " + e.what(), e.os_errno());
}

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

RegistryClient::RegistryClient(RegistrySession& session) : session_(session) {}
RegistryClient::~RegistryClient() = default;

RegistryConnection& RegistryClient::connection_to(const Origin& origin) {
  const bool is_registry = origin == session_.origin();
  std::unique_ptr<RegistryConnection>& slot = is_registry ? registry_ : other_;
  if (!slot || slot->origin() != origin) {
    const bool verify =
        is_registry ? session_.verifies_tls() : !session_.options().is_insecure(origin);
    slot = std::make_unique<RegistryConnection>(origin, session_.options(), session_.tls(), verify,
                                                session_.stop());
  }
  return *slot;
}

HttpResponse RegistryClient::get_once(const std::string& target, const Headers& headers) {
  HttpRequest request;
  request.target = target;
  request.headers = headers;
  for (int attempt = 0;; ++attempt) {
    const Origin origin = session_.origin();
    const std::string url = origin.str() + target;
    const std::string authorization = session_.authorization();
    request.headers = headers;
    if (!authorization.empty()) request.headers.emplace_back("Authorization", authorization);
    try {
      current_ = &connection_to(origin);
      HttpResponse response = current_->send(request);
      if (response.status != 401 || attempt == 3) return response;
      const std::vector<std::string> challenges = response.all("www-authenticate");
      if (challenges.empty() || !session_.answer(challenges, authorization)) return response;
      current_->read_all(kMaxRefusalBytes);
    } catch (const Error& e) {
      if (e.code() == Errc::cancelled) throw;
      throw named(e, url);
    }
  }
}

HttpResponse RegistryClient::follow(Url from, HttpResponse response, const Headers& headers) {
  for (int hop = 0; is_redirect(response.status); ++hop) {
    if (hop == kMaxRedirects)
      throw Error(Errc::internal, "Get \"" + from.str() + "\": stopped after 10 redirects");
    const Url to = resolve_url(from, response.header("location"));
    if (from.origin.tls && !to.origin.tls && !session_.options().is_insecure(to.origin))
      throw Error(Errc::internal,
                  "Get \"" + from.str() + "\": refusing a redirect from HTTPS to plain HTTP");
    HttpRequest request;
    request.target = to.target;
    request.headers = headers;
    // Whoever serves the blob must not learn what opens the registry.
    if (to.origin == session_.origin() && !session_.authorization().empty())
      request.headers.emplace_back("Authorization", session_.authorization());
    try {
      current_->read_all(kMaxRefusalBytes);
      current_ = &connection_to(to.origin);
      response = current_->send(request);
    } catch (const Error& e) {
      if (e.code() == Errc::cancelled) throw;
      throw named(e, to.str());
    }
    from = to;
  }
  return response;
}

HttpResponse RegistryClient::get(const std::string& target, const Headers& headers) {
  HttpResponse response;
  const auto with_tls = [&] {
    registry_.reset();
    return get_once(target, headers);
  };
  try {
    response = get_once(target, headers);
    // What TLS servers say to plain HTTP.
    if (response.status == 400 && session_.switch_to_tls()) response = with_tls();
  } catch (const Error& e) {
    const std::string_view what = e.what();
    const bool answered =
        what.ends_with(": EOF") || what.find("malformed HTTP") != std::string_view::npos;
    if (e.code() != Errc::unavailable || !answered || !session_.switch_to_tls()) throw;
    response = with_tls();
  }
  return follow({session_.origin(), target, {}}, std::move(response), headers);
}

FetchedManifest RegistryClient::manifest(const std::string& version, const Reference& reference) {
  using namespace media;
  Headers accept;
  for (const std::string_view type :
       {kDockerManifest, kDockerList, kOciManifest, kOciIndex, kDockerSchema1Signed})
    accept.emplace_back("Accept", std::string(type));
  const HttpResponse response = get(session_.base_path() + "/manifests/" + version, accept);
  if (response.status != 200)
    throw refusal_error(response, current_->read_all(kMaxRefusalBytes), reference);

  FetchedManifest fetched;
  fetched.content = current_->read_all(kMaxManifestBytes);
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
    const std::string body = current_->read_all(kMaxManifestBytes);
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
  const std::string body = current_->read_all(kMaxRefusalBytes);
  // Nothing to send behind what we have: the caller starts over.
  if (response.status == 416 && offset > 0) return open_blob(digest, 0, reference);
  const RegistryRefusal refusal = read_refusal(response, body);
  if (response.status == 404)
    throw Error(Errc::internal, refusal.code == "MANIFEST_UNKNOWN"
                                    ? "blob unknown: blob " + digest + " is unknown to the registry"
                                    : refusal.message);
  throw refusal_error(response, body, reference);
}

std::size_t RegistryClient::read(char* buffer, std::size_t size) {
  return current_->read(buffer, size);
}

}  // namespace gantry::images
