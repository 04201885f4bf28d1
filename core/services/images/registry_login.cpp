#include "core/services/images/registry_login.hpp"

#include <algorithm>

#include "core/base/digest.hpp"
#include "core/base/error.hpp"
#include "core/images/registry_challenge.hpp"
#include "core/images/registry_connection.hpp"
#include "core/images/registry_endpoint.hpp"
#include "core/images/registry_error.hpp"
#include "core/json/reader.hpp"

namespace gantry::services {
namespace {

using images::HttpRequest;
using images::HttpResponse;
using images::Origin;

constexpr size_t kMaxBody = 256u << 10;

/// "https://index.docker.io/v1/", "registry.example:5000" → domain of references.
std::string domain_of(std::string server) {
  if (server.empty()) return "docker.io";
  if (const size_t scheme = server.find("://"); scheme != std::string::npos)
    server = server.substr(scheme + 3);
  server = server.substr(0, server.find_first_of("/?#"));
  if (server.empty()) throw Error(Errc::invalid, "no Host in request URL");
  return server == "index.docker.io" ? "docker.io" : server;
}

struct Answer {
  HttpResponse head;
  std::string body;
};

/// What one login needs to speak to hosts.
class Visit {
 public:
  Visit(const images::RegistryAuth& auth, const images::RegistryOptions& options,
        const std::stop_token& stop)
      : auth_(auth), options_(options), stop_(stop) {
    const auto endpoint = images::registry_endpoint(domain_of(auth.server_address), options);
    origin_ = endpoint.origin;
    insecure_ = endpoint.insecure;
  }

  std::string endpoint() const { return origin_.str() + "/v2/"; }

  Answer ping(const std::string& authorization) {
    HttpRequest request;
    request.target = "/v2/";
    if (!authorization.empty()) request.headers.emplace_back("Authorization", authorization);
    return send(origin_, request);
  }

  std::string basic() const {
    return "Basic " + base64_encode(auth_.username + ":" + auth_.password);
  }

  /// Trades the credentials for a token; `identity`: the refresh token, when the server gives one.
  std::string bearer(const images::Challenge& challenge, std::string& identity) {
    const images::Url realm = images::parse_url(challenge.param("realm"));
    if (!realm.origin.tls && !options_.is_insecure(realm.origin) && !insecure_)
      throw Error(Errc::internal,
                  "refusing to send credentials over plain HTTP to " + realm.origin.authority());
    const Answer answer = send(realm.origin, token_request(challenge, realm));
    if (answer.head.status != 200)
      throw Error(
          answer.head.status == 401 ? Errc::unauthorized : Errc::unavailable,
          "Get \"" + endpoint() + "\": " + images::read_refusal(answer.head, answer.body).message);
    const json::Document document = json::Document::parse(answer.body);
    identity = document.root()["refresh_token"].str(auth_.identity_token);
    const std::string token = document.root()["token"].str();
    return "Bearer " + (token.empty() ? document.root()["access_token"].str() : token);
  }

 private:
  /// Basic credentials by GET, a stored identity token by the OAuth form.
  HttpRequest token_request(const images::Challenge& challenge, const images::Url& realm) const {
    std::vector<std::pair<std::string, std::string>> fields = {{"client_id", "docker"}};
    if (const std::string service = challenge.param("service"); !service.empty())
      fields.emplace_back("service", service);
    HttpRequest request;
    request.target = realm.target;
    if (auth_.identity_token.empty()) {
      fields.emplace_back("account", auth_.username);
      fields.emplace_back("offline_token", "true");
      request.headers.emplace_back("Authorization", basic());
    } else {
      fields.emplace_back("grant_type", "refresh_token");
      fields.emplace_back("refresh_token", auth_.identity_token);
      request.method = "POST";
      request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    }
    std::string form;
    for (const auto& [name, value] : fields)
      form += (form.empty() ? "" : "&") + name + "=" + images::encode_query_value(value);
    if (request.method == "POST")
      request.body = form;
    else
      request.target += (realm.target.find('?') == std::string::npos ? "?" : "&") + form;
    return request;
  }

  Answer send(const Origin& origin, const HttpRequest& request) {
    const bool verify = origin == origin_ ? !insecure_ : !options_.is_insecure(origin);
    images::RegistryConnection connection(origin, options_, tls_, verify, stop_);
    try {
      Answer answer;
      answer.head = connection.send(request);
      answer.body = connection.read_all(kMaxBody);
      return answer;
    } catch (const Error& error) {
      throw Error(error.code(), "Get \"" + origin.str() +
                                    request.target.substr(0, request.target.find('?')) +
                                    "\": " + error.what());
    }
  }

  const images::RegistryAuth& auth_;
  const images::RegistryOptions& options_;
  const std::stop_token stop_;
  images::TlsSettings tls_;
  Origin origin_;
  bool insecure_ = false;
};

}  // namespace

std::string RegistryLogin::run(const images::RegistryAuth& auth,
                               const std::stop_token& stop) const {
  Visit visit(auth, options_, stop);
  Answer answer = visit.ping({});
  std::string identity;
  if (answer.head.status == 401) {
    std::string authorization;
    for (const std::string& header : answer.head.all("www-authenticate"))
      for (const images::Challenge& challenge : images::parse_challenges(header)) {
        if (challenge.scheme == "bearer" && !authorization.starts_with("Bearer"))
          authorization = visit.bearer(challenge, identity);
        else if (challenge.scheme == "basic" && authorization.empty())
          authorization = visit.basic();
      }
    answer = visit.ping(authorization);
  }
  if (answer.head.status != 200)
    throw Error(answer.head.status == 401 ? Errc::unauthorized : Errc::unavailable,
                "login attempt to " + visit.endpoint() + " failed with status: " +
                    std::to_string(answer.head.status) + " " + answer.head.reason);
  return identity;
}

}  // namespace gantry::services
