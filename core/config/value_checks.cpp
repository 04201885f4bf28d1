#include "core/config/value_checks.hpp"

#include <arpa/inet.h>
#include <sys/un.h>

#include <algorithm>
#include <cctype>
#include <string_view>

#include "core/base/host_port.hpp"
#include "core/base/text.hpp"

namespace gantry::config {
namespace {

/// "host", "host:port", "[::1]", "[::1]:5000".
bool is_authority(const std::string& text) {
  auto parts = split_host_port(text);
  if (!parts) parts = split_host_port(text + ":1");
  unsigned char address[16];
  return parts && (text.front() != '[' || ::inet_pton(AF_INET6, parts->host.c_str(), address) == 1);
}

}  // namespace

Fault check_absolute_path(const std::string& text) {
  if (text.empty() || text[0] != '/') return "must be an absolute path";
  if (text.find('\0') != std::string::npos) return "must not hold a NUL byte";
  return std::nullopt;
}

Fault check_host(const std::string& text) {
  constexpr std::string_view kScheme = "unix://";
  constexpr std::string_view kTcp = "tcp://";
  if (text.starts_with(kTcp)) {
    if (split_host_port(text.substr(kTcp.size()))) return std::nullopt;
    return "\"" + text + "\" must be like \"tcp://127.0.0.1:2376\" or \"tcp://[::1]:2376\"";
  }
  if (text.starts_with("fd://"))
    return "must not name \"fd://\": sockets that the service manager gives are always served";
  if (!text.starts_with(kScheme))
    return "must be an address of the form \"unix:///path\" or \"tcp://host:port\"; other "
           "schemes are not supported";
  const std::string path = text.substr(kScheme.size());
  if (const auto fault = check_absolute_path(path)) return "\"" + text + "\": the path " + *fault;
  constexpr size_t kMax = sizeof(sockaddr_un::sun_path) - 1;
  if (path.size() > kMax)
    return "\"" + text + "\": the path is longer than the " + std::to_string(kMax) +
           " bytes that a socket address holds";
  return std::nullopt;
}

Fault check_registry(const std::string& text) {
  constexpr const char* kForm = "must be a registry host (\"host\" or \"host:port\") or a CIDR";
  if (text.empty()) return kForm;
  if (text.find("://") != std::string::npos) return std::string(kForm) + ", without a scheme";
  if (const auto slash = text.find('/'); slash != std::string::npos) {
    const auto bits = text::to_int(text.substr(slash + 1));
    unsigned char address[16];
    const std::string base = text.substr(0, slash);
    const bool v4 = ::inet_pton(AF_INET, base.c_str(), address) == 1;
    const bool v6 = ::inet_pton(AF_INET6, base.c_str(), address) == 1;
    if ((!v4 && !v6) || !bits || *bits < 0 || *bits > (v4 ? 32 : 128)) return kForm;
    return std::nullopt;
  }
  const bool plain = std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '.' || c == '-' || c == '_' || c == ':' || c == '[' || c == ']';
  });
  if (!plain) return kForm;
  return std::nullopt;
}

Fault check_mirrored(const std::string& text) {
  if (text == "index.docker.io" || text == "registry-1.docker.io" || text == "hub.docker.com")
    return "must be called \"docker.io\", as in the names of its images";
  const bool named = text == "localhost" || text.find_first_of(".:") != std::string::npos;
  if (named && is_authority(text) && text == text::lower(text)) return std::nullopt;
  return "must be a registry as in the names of its images: \"docker.io\", \"localhost:5000\"";
}

Fault check_mirror(const std::string& text) {
  constexpr const char* kForm =
      "must be a URL such as \"https://mirror.example\", without login, query and fragment";
  std::string_view rest = text;
  const std::size_t scheme = rest.find("://");
  if (scheme == std::string_view::npos) return kForm;
  if (rest.substr(0, scheme) != "http" && rest.substr(0, scheme) != "https") return kForm;
  rest.remove_prefix(scheme + 3);
  const std::size_t path = std::min(rest.find('/'), rest.size());
  const bool plain =
      std::all_of(rest.begin() + static_cast<std::ptrdiff_t>(path), rest.end(), [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) ||
               std::string_view("/._~-").find(c) != std::string_view::npos;
      });
  if (!plain || !is_authority(std::string(rest.substr(0, path)))) return kForm;
  return std::nullopt;
}

Fault check_proxy(const std::string& text) {
  constexpr const char* kForm = "must be a proxy such as \"http://proxy.example:3128\"";
  if (text.empty()) return std::nullopt;
  std::string_view rest = text;
  if (const auto scheme = rest.find("://"); scheme != std::string_view::npos) {
    if (rest.substr(0, scheme) != "http") return kForm;
    rest.remove_prefix(scheme + 3);
  }
  if (rest.ends_with('/')) rest.remove_suffix(1);
  if (const auto at = rest.rfind('@'); at != std::string_view::npos) rest.remove_prefix(at + 1);
  if (rest.empty() || rest.find_first_of("/ ?#") != std::string_view::npos) return kForm;
  return std::nullopt;
}

Fault check_plugin_id(const std::string& text) {
  const bool valid = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
  if (valid) return std::nullopt;
  return "must be a plugin id: only a-z, 0-9 and - are allowed";
}

Fault check_ipv4_prefix(const std::string& text) {
  constexpr const char* kForm = "must be an IPv4 network such as \"172.20.0.0/16\"";
  const auto slash = text.find('/');
  if (slash == std::string::npos) return kForm;
  const auto bits = text::to_int(text.substr(slash + 1));
  in_addr address{};
  if (!bits || *bits < 1 || *bits > 32) return kForm;
  if (::inet_pton(AF_INET, text.substr(0, slash).c_str(), &address) != 1) return kForm;
  const std::uint32_t mask = ~std::uint32_t{0} << (32 - static_cast<unsigned>(*bits));
  if ((ntohl(address.s_addr) & ~mask) != 0)
    return "\"" + text + "\" has bits set beyond its prefix length";
  return std::nullopt;
}

Fault check_ip_prefix(const std::string& text) {
  if (text.find(':') == std::string::npos) return check_ipv4_prefix(text);
  constexpr const char* kForm = "must be an IPv6 network such as \"fd00:17::/48\"";
  const auto slash = text.find('/');
  if (slash == std::string::npos) return kForm;
  const auto bits = text::to_int(text.substr(slash + 1));
  unsigned char address[16];
  if (!bits || *bits < 1 || *bits > 126) return kForm;
  if (::inet_pton(AF_INET6, text.substr(0, slash).c_str(), address) != 1) return kForm;
  for (std::int64_t bit = *bits; bit < 128; ++bit)
    if ((address[bit / 8] & (0x80 >> bit % 8)) != 0)
      return "\"" + text + "\" has bits set beyond its prefix length";
  return std::nullopt;
}

Fault check_ip_address(const std::string& text) {
  unsigned char address[16];
  if (::inet_pton(AF_INET, text.c_str(), address) == 1 ||
      ::inet_pton(AF_INET6, text.c_str(), address) == 1)
    return std::nullopt;
  return "must be an IP address";
}

Fault check_interface(const std::string& text) {
  const bool valid = !text.empty() && text.size() <= 15 && text != "." && text != ".." &&
                     std::none_of(text.begin(), text.end(), [](unsigned char c) {
                       return std::isspace(c) || c == '/' || c < 0x20;
                     });
  if (valid) return std::nullopt;
  return "must be an interface name of 1 to 15 characters";
}

Fault check_label(const std::string& text) {
  if (const auto equals = text.find('='); equals != std::string::npos && equals != 0)
    return std::nullopt;
  return "must be like \"key=value\"";
}

Fault check_word(const std::string& text) {
  const bool valid = !text.empty() && std::none_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isspace(c) || c < 0x20;
  });
  if (valid) return std::nullopt;
  return "must be one word";
}

unsigned prefix_length(const std::string& text) {
  return static_cast<unsigned>(text::to_int(text.substr(text.find('/') + 1)).value_or(0));
}

}  // namespace gantry::config
