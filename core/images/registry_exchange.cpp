#include "core/images/registry_exchange.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"

namespace gantry::images {
namespace {

constexpr int kMaxRedirects = 10;

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

// `Get "URL": reason`, as Go prints what went wrong below HTTP.
std::string about(const HttpRequest& request, const std::string& url) {
  return request.method.substr(0, 1) + text::lower(request.method.substr(1)) + " \"" + url + "\": ";
}

Error named(const Error& e, const HttpRequest& request, const std::string& url) {
  return Error(e.code(), about(request, url) + e.what(), e.os_errno());
}

}  // namespace

RegistryConnection& RegistryExchange::connection_to(const Origin& origin) {
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

HttpResponse RegistryExchange::send_once(const HttpRequest& given) {
  HttpRequest request = given;
  for (int attempt = 0;; ++attempt) {
    const Origin origin = session_.origin();
    const std::string authorization = session_.authorization();
    request.headers = given.headers;
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
      throw named(e, given, origin.str() + given.target);
    }
  }
}

HttpResponse RegistryExchange::follow(Url from, HttpResponse response, HttpRequest request) {
  const std::vector<std::pair<std::string, std::string>> headers = request.headers;
  for (int hop = 0; is_redirect(response.status); ++hop) {
    if (hop == kMaxRedirects)
      throw Error(Errc::internal, about(request, from.str()) + "stopped after 10 redirects");
    const Url to = resolve_url(from, response.header("location"));
    if (from.origin.tls && !to.origin.tls && !session_.options().is_insecure(to.origin))
      throw Error(Errc::internal,
                  about(request, from.str()) + "refusing a redirect from HTTPS to plain HTTP");
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
      throw named(e, request, to.str());
    }
    from = to;
  }
  return response;
}

HttpResponse RegistryExchange::send(const HttpRequest& request) {
  HttpResponse response;
  const auto with_tls = [&] {
    registry_.reset();
    return send_once(request);
  };
  try {
    response = send_once(request);
    // What TLS servers say to plain HTTP.
    if (response.status == 400 && session_.switch_to_tls()) response = with_tls();
    if (response.status != 400) session_.has_answered();
  } catch (const Error& e) {
    const std::string_view what = e.what();
    const bool answered =
        what.ends_with(": EOF") || what.find("malformed HTTP") != std::string_view::npos;
    if (e.code() != Errc::unavailable || !answered || !session_.switch_to_tls()) throw;
    response = with_tls();
  }
  return follow({session_.origin(), request.target, {}}, std::move(response), request);
}

HttpResponse RegistryExchange::send_to(const Url& to, const HttpRequest& given) {
  HttpRequest request = given;
  request.target = to.target;
  const Origin registry = session_.origin();
  if (to.origin == registry) return send(request);
  if (registry.tls && !to.origin.tls && !session_.options().is_insecure(to.origin))
    throw Error(Errc::internal,
                about(request, to.str()) + "refusing to go on from HTTPS to plain HTTP");
  try {
    current_ = &connection_to(to.origin);
    return follow(to, current_->send(request), request);
  } catch (const Error& e) {
    if (e.code() == Errc::cancelled) throw;
    throw named(e, request, to.str());
  }
}

}  // namespace gantry::images
