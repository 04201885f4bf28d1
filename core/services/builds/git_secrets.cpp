#include "core/services/builds/git_secrets.hpp"

#include "core/base/digest.hpp"
#include "core/base/error.hpp"

namespace gantry::services {
namespace {

constexpr const char *kHeader = "GIT_AUTH_HEADER", *kToken = "GIT_AUTH_TOKEN";

/// For "scheme://host/": nobody else gets to see it. Where a server redirects to, git would take
/// the header along.
std::map<std::string, std::string> setting(const build::GitUrl& url, const std::string& header) {
  const std::string scheme = url.remote.substr(0, url.remote.find("://") + 3);
  const std::string section = "http." + scheme + url.host + "/.";
  return {{section + "extraHeader", "Authorization: " + header},
          {section + "followRedirects", "false"}};
}

}  // namespace

std::map<std::string, std::string> git_secrets(
    const build::GitUrl& url,
    const std::function<std::optional<std::string>(const std::string& id)>& find) {
  if (!url.is_http) return {};
  if (!url.login.empty()) return setting(url, "basic " + base64_encode(url.login));
  if (!find) return {};
  for (const std::string& host : {"." + url.host, std::string()}) {
    auto header = find(kHeader + host);
    if (!header) {
      if (const auto token = find(kToken + host))
        header = "basic " + base64_encode("x-access-token:" + *token);
    }
    if (!header) continue;
    if (header->find_first_of(std::string("\r\n\0", 3)) != std::string::npos)
      throw Error(Errc::invalid, std::string(kHeader) + ": more than one line");
    return setting(url, *header);
  }
  return {};
}

}  // namespace gantry::services
