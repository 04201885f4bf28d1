#include "core/images/registry_download.hpp"

#include <Poco/DateTime.h>
#include <Poco/DateTimeFormat.h>
#include <Poco/DateTimeParser.h>

#include "core/base/digest.hpp"
#include "core/base/error.hpp"

namespace gantry::images {
namespace {

UnixNanos parse_http_date(const std::string& text) {
  Poco::DateTime date;
  int zone = 0;
  if (!Poco::DateTimeParser::tryParse(Poco::DateTimeFormat::HTTP_FORMAT, text, date, zone))
    return 0;
  return date.timestamp().epochMicroseconds() * 1000;
}

}  // namespace

UrlDownload::UrlDownload(const std::string& given, const RegistryOptions& options,
                         std::stop_token stop, const std::string& login) {
  Url url = parse_url(given);
  if (!login.empty()) url.login = login;
  for (int hop = 0;; ++hop) {
    connection_ = std::make_unique<RegistryConnection>(url.origin, options, tls_, true, stop);
    HttpRequest request;
    request.target = url.target;
    if (!url.login.empty())
      request.headers.emplace_back("Authorization", "Basic " + base64_encode(url.login));
    HttpResponse response;
    try {
      response = connection_->send(request);
    } catch (const Error& e) {
      throw Error(e.code(), "Get \"" + url.str() + "\": " + e.what());
    }
    if (response.status == 200) {
      length_ = response.length;
      modified_ = parse_http_date(response.header("last-modified"));
      return;
    }
    const bool redirect = response.status >= 301 && response.status <= 308 &&
                          response.status != 304 && !response.header("location").empty();
    if (!redirect)
      throw Error(Errc::invalid, "failed to GET " + url.str() + " with status " +
                                     std::to_string(response.status) + " " + response.reason);
    if (hop == 10) throw Error(Errc::invalid, "Get \"" + given + "\": stopped after 10 redirects");
    url = resolve_url(url, response.header("location"));
  }
}

}  // namespace gantry::images
