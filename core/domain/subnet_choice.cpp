#include "core/domain/subnet_choice.hpp"

#include <algorithm>
#include <cstdint>

#include "core/base/error.hpp"
#include "core/base/text.hpp"

namespace gantry::domain {

std::vector<SubnetSource> default_subnet_sources() {
  std::vector<SubnetSource> sources;
  for (Ipv4 second = 17; second <= 31; ++second)
    sources.push_back({{(Ipv4{172} << 24) | (second << 16), 16}, 16});
  sources.push_back({{(Ipv4{192} << 24) | (Ipv4{168} << 16), 16}, 20});
  return sources;
}

SubnetSource parse_subnet_source(std::string_view text) {
  const size_t colon = text.rfind(':');
  const auto base = parse_ipv4_cidr(text.substr(0, colon));
  const auto size = colon == std::string_view::npos ? (base ? base->prefix.length : 0)
                                                    : text::to_int(text.substr(colon + 1));
  if (!base || !size || *size < base->prefix.length || *size > 30)
    throw Error(Errc::invalid, "invalid address pool \"" + std::string(text) +
                                   "\": expected BASE/PREFIX:SIZE such as 172.16.0.0/12:16");
  return {base->prefix, static_cast<int>(*size)};
}

std::optional<Ipv4Prefix> choose_subnet(const std::vector<SubnetSource>& sources,
                                        const std::vector<Ipv4Prefix>& taken) {
  for (const SubnetSource& source : sources) {
    std::uint64_t next = source.base.address;
    while (next <= source.base.last()) {
      const Ipv4Prefix candidate{static_cast<Ipv4>(next), source.size};
      const auto hit = std::find_if(taken.begin(), taken.end(),
                                    [&](const Ipv4Prefix& t) { return t.overlaps(candidate); });
      if (hit == taken.end()) return candidate;
      // Behind whichever is larger: a taken /8 must not be stepped through in /24s.
      next = std::uint64_t{std::max(candidate.last(), hit->last())} + 1;
    }
  }
  return std::nullopt;
}

}  // namespace gantry::domain
