#include "core/domain/subnet_choice.hpp"

#include <algorithm>

#include "core/base/digest.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"

namespace gantry::domain {

std::vector<SubnetSource> default_subnet_sources() {
  std::vector<SubnetSource> sources;
  for (int second = 17; second <= 31; ++second)
    sources.push_back({*parse_prefix("172." + std::to_string(second) + ".0.0/16"), 16});
  sources.push_back({*parse_prefix("192.168.0.0/16"), 20});
  return sources;
}

SubnetSource ula_source(std::string_view engine) {
  // RFC 4193: fd, forty random bits, then sixteen bits of subnet.
  const std::string digest = sha256_hex(engine);
  const std::string text =
      "fd" + digest.substr(0, 2) + ":" + digest.substr(2, 4) + ":" + digest.substr(6, 4) + "::/48";
  return {parse_cidr(text)->prefix, 64};
}

SubnetSource parse_subnet_source(std::string_view text) {
  const size_t slash = text.find('/');
  const size_t colon = slash == std::string_view::npos ? slash : text.find(':', slash);
  const auto base = parse_cidr(text.substr(0, colon));
  const auto size = colon == std::string_view::npos ? (base ? base->prefix.length : 0)
                                                    : text::to_int(text.substr(colon + 1));
  if (!base || !size || *size < base->prefix.length ||
      *size > address_bits(base->prefix.family()) - 2)
    throw Error(Errc::invalid, "invalid address pool \"" + std::string(text) +
                                   "\": expected BASE/PREFIX:SIZE such as 172.16.0.0/12:16");
  return {base->prefix, static_cast<int>(*size)};
}

std::optional<IpPrefix> choose_subnet(const std::vector<SubnetSource>& sources, IpFamily family,
                                      const std::vector<IpPrefix>& taken) {
  for (const SubnetSource& source : sources) {
    if (source.base.family() != family) continue;
    const IpNumber end = source.base.last();
    IpNumber next = source.base.address.number;
    for (;;) {
      const IpPrefix candidate{{family, next}, source.size};
      const auto hit = std::find_if(taken.begin(), taken.end(),
                                    [&](const IpPrefix& t) { return t.overlaps(candidate); });
      if (hit == taken.end()) return candidate;
      // Behind whichever is larger: a taken /8 must not be stepped through in /24s.
      const IpNumber last = std::max(candidate.last(), hit->last());
      if (last >= end) break;
      next = last + 1;
    }
  }
  return std::nullopt;
}

}  // namespace gantry::domain
