#include "core/build/exposed_ports.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>

#include "core/base/error.hpp"
#include "core/base/text.hpp"

namespace gantry::build {
namespace {

constexpr std::int64_t kMaxPort = 65535;
// All of them for each protocol; more would be the same ones again.
constexpr std::size_t kMaxPortsNamed = 3 * kMaxPort;

constexpr std::string_view kProtocols[] = {"tcp", "udp", "sctp"};

struct Range {
  std::int64_t first, last;
  std::size_t protocol;  // in kProtocols
};

std::optional<std::size_t> find_protocol(std::string_view name) {
  const auto* found = std::find(std::begin(kProtocols), std::end(kProtocols), name);
  if (found == std::end(kProtocols)) return std::nullopt;
  return static_cast<std::size_t>(found - std::begin(kProtocols));
}

/// Which ports are there already, by protocol and number.
class KnownPorts {
 public:
  explicit KnownPorts(const std::vector<std::string>& ports) {
    for (const std::string& port : ports) {
      const std::size_t slash = port.find('/');
      if (slash == std::string::npos) continue;
      const auto number = text::to_int(std::string_view(port).substr(0, slash));
      const auto protocol = find_protocol(std::string_view(port).substr(slash + 1));
      if (number && protocol && *number >= 0 && *number <= kMaxPort) add(*protocol, *number);
    }
  }
  /// False: it is there.
  bool add(std::size_t protocol, std::int64_t number) {
    auto known = known_[protocol * (kMaxPort + 1) + static_cast<std::size_t>(number)];
    const bool added = !known;
    known = true;
    return added;
  }

 private:
  std::vector<bool> known_ = std::vector<bool>(std::size(kProtocols) * (kMaxPort + 1));
};

Range parse_range(const std::string& specification) {
  const std::string_view container =
      std::string_view(specification).substr(specification.rfind(':') + 1);
  const std::size_t slash = container.find('/');
  const std::string_view numbers = container.substr(0, slash);
  if (numbers.empty()) invalid("no port specified: " + specification + "<empty>");
  const std::string protocol =
      slash == std::string_view::npos ? "tcp" : text::lower(container.substr(slash + 1));
  const std::size_t dash = numbers.find('-');
  const auto first = text::to_int(numbers.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : text::to_int(numbers.substr(dash + 1));
  if (!first || !last || *first < 1 || *last > kMaxPort || *first > *last)
    invalid("invalid containerPort: " + std::string(numbers));
  const auto known = find_protocol(protocol);
  if (!known) invalid("invalid proto: " + protocol);
  return {*first, *last, *known};
}

}  // namespace

void add_exposed_ports(const std::vector<std::string>& specifications,
                       std::vector<std::string>& ports) {
  KnownPorts known(ports);
  std::size_t named = 0;
  for (const std::string& specification : specifications) {
    const Range range = parse_range(specification);
    named += static_cast<std::size_t>(range.last - range.first + 1);
    if (named > kMaxPortsNamed) invalid("EXPOSE names too many ports");
    for (auto port = range.first; port <= range.last; ++port)
      if (known.add(range.protocol, port))
        ports.push_back(std::to_string(port) + "/" + std::string(kProtocols[range.protocol]));
  }
}

}  // namespace gantry::build
