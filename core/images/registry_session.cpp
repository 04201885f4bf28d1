#include "core/images/registry_session.hpp"

#include "core/base/digest.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/images/registry_error.hpp"
#include "core/json/reader.hpp"

namespace gantry::images {
namespace {

constexpr std::size_t kMaxTokenBytes = 1u << 20;

std::string query_part(std::string_view name, std::string_view value) {
  return std::string(name) + "=" + encode_query_value(value);
}

}  // namespace

RegistrySession::RegistrySession(const RegistryEndpoint& endpoint, const Reference& repository,
                                 RegistryAuth auth, const RegistryOptions& options,
                                 std::stop_token stop)
    : prefix_(endpoint.prefix),
      repository_path_(repository.path),
      mirror_(endpoint.mirror),
      auth_(endpoint.mirror ? RegistryAuth() : std::move(auth)),
      options_(options),
      stop_(std::move(stop)),
      origin_(endpoint.origin),
      insecure_(endpoint.insecure) {
  if (!auth_.registry_token.empty()) authorization_ = "Bearer " + auth_.registry_token;
}

RegistrySession::RegistrySession(const Reference& repository, RegistryAuth auth,
                                 const RegistryOptions& options, std::stop_token stop)
    : RegistrySession(registry_endpoint(repository.domain, options), repository, std::move(auth),
                      options, std::move(stop)) {}

Origin RegistrySession::origin() const {
  const std::lock_guard lock(mutex_);
  return origin_;
}

bool RegistrySession::verifies_tls() const { return !insecure_; }

bool RegistrySession::switch_to_tls() {
  const std::lock_guard lock(mutex_);
  if (!insecure_ || mirror_ || origin_.tls || answered_) return false;
  origin_.tls = true;
  if (origin_.port == 80) origin_.port = 443;
  return true;
}

void RegistrySession::has_answered() {
  const std::lock_guard lock(mutex_);
  answered_ = true;
}

std::string RegistrySession::authorization() const {
  const std::lock_guard lock(mutex_);
  return authorization_;
}

bool RegistrySession::answer(const std::vector<std::string>& headers, const std::string& used) {
  const std::lock_guard one_at_a_time(token_mutex_);
  // Another thread may have renewed it while we waited.
  if (const std::string now = authorization(); now != used) return true;

  std::string fresh;
  bool wants_basic = false;
  for (const std::string& header : headers) {
    for (const Challenge& challenge : parse_challenges(header)) {
      if (challenge.scheme == "bearer" && fresh.empty() && auth_.registry_token.empty() &&
          challenge.param("error") != "insufficient_scope")
        fresh = "Bearer " + fetch_token(challenge);
      if (challenge.scheme == "basic") wants_basic = true;
    }
  }
  if (fresh.empty() && wants_basic) {
    if (!auth_.has_login()) throw Error(Errc::internal, "no basic auth credentials");
    fresh = "Basic " + base64_encode(auth_.username + ":" + auth_.password);
  }
  if (fresh.empty() || fresh == used) return false;
  const std::lock_guard lock(mutex_);
  authorization_ = fresh;
  return true;
}

// The token protocol of distribution/docs/spec/auth: GET with basic credentials or anonymously; an
// identity token is traded by the OAuth form (POST, grant_type=refresh_token).
std::string RegistrySession::fetch_token(const Challenge& challenge) {
  const Url realm = parse_url(challenge.param("realm"));
  const bool realm_insecure = options_.is_insecure(realm.origin) || insecure_;
  const bool secret = auth_.has_login() || !auth_.identity_token.empty();
  if (secret && !realm.origin.tls && !realm_insecure)
    throw Error(Errc::internal,
                "refusing to send credentials over plain HTTP to " + realm.origin.authority());
  std::vector<std::string> scopes = scopes_;
  if (scopes.empty()) scopes.push_back(challenge.param("scope"));
  if (scopes[0].empty()) scopes[0] = "repository:" + repository_path_ + ":pull";

  HttpRequest request;
  request.target = realm.target;
  if (!auth_.identity_token.empty()) {
    request.method = "POST";
    request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    request.body = query_part("grant_type", "refresh_token") + "&" +
                   query_part("service", challenge.param("service")) + "&" +
                   query_part("client_id", "docker") + "&" +
                   query_part("scope", text::join(scopes, " ")) + "&" +
                   query_part("refresh_token", auth_.identity_token);
  } else {
    char separator = realm.target.find('?') == std::string::npos ? '?' : '&';
    const auto add = [&](const std::string& part) {
      request.target += separator + part;
      separator = '&';
    };
    if (!auth_.username.empty()) add(query_part("account", auth_.username));
    for (const std::string& scope : scopes) add(query_part("scope", scope));
    if (const std::string service = challenge.param("service"); !service.empty())
      add(query_part("service", service));
    if (auth_.has_login())
      request.headers.emplace_back("Authorization",
                                   "Basic " + base64_encode(auth_.username + ":" + auth_.password));
  }

  RegistryConnection connection(realm.origin, options_, tls_, !realm_insecure, stop_);
  const HttpResponse response = connection.send(request);
  const std::string body = connection.read_all(kMaxTokenBytes);
  if (response.status != 200) throw Error(Errc::internal, read_refusal(response, body).message);
  const json::Document document =
      json::Document::parse(body, {.bytes = kMaxTokenBytes, .depth = 16});
  std::string token = document.root()["token"].str();
  if (token.empty()) token = document.root()["access_token"].str();
  if (token.empty() || token.find_first_of("\r\n") != std::string::npos)
    throw Error(Errc::internal, "authorization server did not include a token in the response");
  return token;
}

}  // namespace gantry::images
