#include "core/base/host_port.hpp"

#include <algorithm>
#include <cctype>

#include "core/base/text.hpp"

namespace gantry {

std::optional<HostPort> split_host_port(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = text::to_int(text.substr(colon + 1));
  if (!port || *port < 1 || *port > 65535) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  const bool plain = std::all_of(host.begin(), host.end(), [&](unsigned char c) {
    return std::isalnum(c) || c == '.' || c == '-' || c == '_' || (bracketed && c == ':');
  });
  if (host.empty() || !plain) return std::nullopt;
  return HostPort{std::string(host), static_cast<std::uint16_t>(*port)};
}

}  // namespace gantry
