#include "core/images/registry_url.hpp"

#include <Poco/Exception.h>
#include <Poco/URI.h>

#include "core/base/error.hpp"
#include "core/base/text.hpp"

namespace gantry::images {
namespace {

Url from_uri(const Poco::URI& uri, std::string_view given) {
  Url url;
  const std::string scheme = text::lower(uri.getScheme());
  if (scheme != "http" && scheme != "https")
    throw Error(Errc::invalid, "unsupported protocol scheme \"" + scheme + "\"");
  url.origin.tls = scheme == "https";
  url.origin.host = uri.getHost();
  if (url.origin.host.size() > 2 && url.origin.host.front() == '[')
    url.origin.host = url.origin.host.substr(1, url.origin.host.size() - 2);
  if (url.origin.host.empty())
    throw Error(Errc::invalid, "no host in \"" + std::string(given) + "\"");
  url.origin.port = uri.getPort();
  if (url.origin.port == 0) url.origin.port = url.origin.tls ? 443 : 80;
  url.target = uri.getPathAndQuery();
  if (url.target.empty() || url.target.front() != '/') url.target.insert(0, 1, '/');
  if (!uri.getUserInfo().empty()) Poco::URI::decode(uri.getUserInfo(), url.login);
  // A header is built of these: line breaks must not get through.
  for (const std::string& part : {url.origin.host, url.target})
    if (part.find_first_of(std::string_view("\r\n\0 ", 4)) != std::string::npos)
      throw Error(Errc::invalid, "invalid URL");
  return url;
}

}  // namespace

std::string Origin::authority() const {
  std::string text = host;
  if (host.find(':') != std::string::npos) text.insert(0, 1, '[').append("]");
  if (port != (tls ? 443 : 80)) text.append(":").append(std::to_string(port));
  return text;
}

std::string Origin::str() const { return (tls ? "https://" : "http://") + authority(); }

bool Origin::is_loopback() const {
  if (host == "localhost" || host == "::1") return true;
  return host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos;
}

Url parse_url(std::string_view text) {
  try {
    return from_uri(Poco::URI(std::string(text)), text);
  } catch (const Poco::Exception&) {
    throw Error(Errc::invalid, "invalid URL");
  }
}

Url resolve_url(const Url& base, std::string_view location) {
  try {
    Poco::URI uri(base.str());
    uri.resolve(std::string(location));
    return from_uri(uri, location);
  } catch (const Poco::Exception&) {
    throw Error(Errc::invalid, "invalid URL in a redirect of " + base.origin.str());
  }
}

std::string encode_query_value(std::string_view value) {
  std::string out;
  Poco::URI::encode(std::string(value), "!#$%&'()*+,/:;=?@[]", out);
  return out;
}

Origin registry_origin(const std::string& domain) {
  if (domain == "docker.io") return {true, "registry-1.docker.io", 443};
  return parse_url("https://" + domain).origin;
}

}  // namespace gantry::images
