#include "core/services/git_secrets.hpp"

#include "core/base/digest.hpp"
#include "core/base/error.hpp"

namespace gantry::services {
namespace {

constexpr const char *kHeader = "GIT_AUTH_HEADER", *kToken = "GIT_AUTH_TOKEN";

/// "scheme://host/": nobody else gets to see it.
std::string scope_of(const build::GitUrl& url) {
  return url.remote.substr(0, url.remote.find("://") + 3) + url.host + "/";
}

}  // namespace

std::map<std::string, std::string> git_secrets(
    const build::GitUrl& url,
    const std::function<std::optional<std::string>(const std::string& id)>& find) {
  if (!find || !url.is_http) return {};
  for (const std::string& host : {"." + url.host, std::string()}) {
    auto header = find(kHeader + host);
    if (!header) {
      if (const auto token = find(kToken + host))
        header = "basic " + base64_encode("x-access-token:" + *token);
    }
    if (!header) continue;
    if (header->find_first_of(std::string("\r\n\0", 3)) != std::string::npos)
      throw Error(Errc::invalid, std::string(kHeader) + ": more than one line");
    return {{"http." + scope_of(url) + ".extraHeader", "Authorization: " + *header}};
  }
  return {};
}

}  // namespace gantry::services
