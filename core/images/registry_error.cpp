#include "core/images/registry_error.hpp"

#include <algorithm>

#include "core/base/text.hpp"
#include "core/images/registry_challenge.hpp"
#include "core/json/reader.hpp"

namespace gantry::images {
namespace {

std::string words_of(std::string code) {
  std::replace(code.begin(), code.end(), '_', ' ');
  return text::lower(code);
}

// RFC 6750: a token without the needed scope is a "denied", whatever the body says.
RegistryRefusal from_challenges(const HttpResponse& response) {
  for (const std::string& header : response.all("www-authenticate"))
    for (const Challenge& challenge : parse_challenges(header)) {
      if (challenge.scheme != "bearer") continue;
      const std::string error = challenge.param("error");
      std::string description = challenge.param("error_description");
      if (error == "insufficient_scope") {
        if (description.empty()) description = "requested access to the resource is denied";
        return {"DENIED", "denied: " + description};
      }
      if (error == "invalid_token") {
        if (description.empty()) description = "authentication required";
        return {"UNAUTHORIZED", "unauthorized: " + description};
      }
    }
  return {};
}

RegistryRefusal from_body(const std::string& body) {
  try {
    const json::Document document = json::Document::parse(body, {.bytes = 256u << 10, .depth = 16});
    const json::Node root = document.root();
    if (!root.is_object()) return {};
    if (const json::Node first = root["errors"].at(0)) {
      RegistryRefusal refusal{first["code"].str("UNKNOWN"), {}};
      refusal.message =
          words_of(refusal.code) + ": " + first["message"].str(words_of(refusal.code));
      return refusal;
    }
    // Token servers often answer {"details":"incorrect username or password"}.
    if (const json::Node details = root["details"]) return {"", details.str()};
  } catch (const Error&) {
    // Not JSON: the status line has to do.
  }
  return {};
}

}  // namespace

RegistryRefusal read_refusal(const HttpResponse& response, const std::string& body) {
  if (response.status == 401) {
    const RegistryRefusal refusal = from_challenges(response);
    if (!refusal.code.empty()) return refusal;
  }
  RegistryRefusal refusal = from_body(body);
  if (!refusal.message.empty()) {
    if (refusal.code.empty() && response.status == 401) {
      refusal.code = "UNAUTHORIZED";
      refusal.message = "unauthorized: " + refusal.message;
    }
    return refusal;
  }
  switch (response.status) {
    case 401:
      return {"UNAUTHORIZED", "unauthorized: authentication required"};
    case 403:
      return {"DENIED", "denied: requested access to the resource is denied"};
    case 404:
      return {"MANIFEST_UNKNOWN", "manifest unknown: manifest unknown"};
    case 429:
      return {"TOOMANYREQUESTS", "toomanyrequests: too many requests"};
    default:
      return {"", "received unexpected HTTP status: " + std::to_string(response.status) + " " +
                      response.reason};
  }
}

Error refusal_error(const HttpResponse& response, const std::string& body,
                    const Reference& reference) {
  const RegistryRefusal refusal = read_refusal(response, body);
  if (refusal.code == "DENIED")
    return Error(
        Errc::not_found,
        "pull access denied for " + reference.familiar_name() +
            ", repository does not exist or may require 'docker login': " + refusal.message);
  if (refusal.code == "MANIFEST_UNKNOWN")
    return Error(Errc::not_found,
                 "manifest for " + reference.familiar() + " not found: " + refusal.message);
  if (refusal.code == "NAME_UNKNOWN")
    return Error(Errc::not_found,
                 "repository " + reference.familiar_name() + " not found: " + refusal.message);
  if (response.status >= 500 || response.status == 429)
    return Error(Errc::unavailable, refusal.message);
  return Error(Errc::internal, refusal.message);
}

}  // namespace gantry::images
