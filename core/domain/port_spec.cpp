#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/domain/container_request.hpp"

namespace gantry::domain {

std::vector<std::string> expand_port(std::string_view spec) {
  const auto invalid = [&] {
    return Error(Errc::invalid, "invalid port specification: \"" + std::string(spec) + "\"");
  };
  const size_t slash = spec.find('/');
  const std::string protocol =
      slash == std::string_view::npos ? "tcp" : text::lower(spec.substr(slash + 1));
  if (protocol != "tcp" && protocol != "udp" && protocol != "sctp") throw invalid();
  const std::string_view numbers = spec.substr(0, slash);
  const size_t dash = numbers.find('-');
  const auto first = text::to_int(numbers.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : text::to_int(numbers.substr(dash + 1));
  if (!first || !last || *first < 0 || *last > 65535 || *first > *last) throw invalid();
  std::vector<std::string> ports;
  for (auto port = *first; port <= *last; ++port)
    ports.push_back(std::to_string(port) + "/" + protocol);
  return ports;
}

}  // namespace gantry::domain
