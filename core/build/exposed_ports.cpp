#include "core/build/exposed_ports.hpp"

#include <cstdint>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/text.hpp"

namespace gantry::build {
namespace {

constexpr std::int64_t kMaxPort = 65535;
// All of them for each protocol; more would be the same ones again.
constexpr std::size_t kMaxNamed = 3 * kMaxPort;

[[noreturn]] void fail(const std::string& message) { throw Error(Errc::invalid, message); }

struct Range {
  std::int64_t first, last;
  std::string protocol;
};

Range parse_range(const std::string& specification) {
  const std::string_view container =
      std::string_view(specification).substr(specification.rfind(':') + 1);
  const std::size_t slash = container.find('/');
  const std::string_view numbers = container.substr(0, slash);
  if (numbers.empty()) fail("no port specified: " + specification + "<empty>");
  const std::string protocol =
      slash == std::string_view::npos ? "tcp" : text::lower(container.substr(slash + 1));
  const std::size_t dash = numbers.find('-');
  const auto first = text::to_int(numbers.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : text::to_int(numbers.substr(dash + 1));
  if (!first || !last || *first < 1 || *last > kMaxPort || *first > *last)
    fail("invalid containerPort: " + std::string(numbers));
  if (protocol != "tcp" && protocol != "udp" && protocol != "sctp")
    fail("invalid proto: " + protocol);
  return {*first, *last, protocol};
}

}  // namespace

void add_exposed_ports(const std::vector<std::string>& specifications,
                       std::vector<std::string>& ports) {
  std::unordered_set<std::string> known(ports.begin(), ports.end());
  std::size_t named = 0;
  for (const std::string& specification : specifications) {
    const Range range = parse_range(specification);
    named += static_cast<std::size_t>(range.last - range.first + 1);
    if (named > kMaxNamed) fail("EXPOSE names too many ports");
    for (auto port = range.first; port <= range.last; ++port) {
      std::string name = std::to_string(port) + "/" + range.protocol;
      if (known.insert(name).second) ports.push_back(std::move(name));
    }
  }
}

}  // namespace gantry::build
