#include "core/services/containers/cpu_check.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/text.hpp"

namespace gantry::services {
namespace {

using Ranges = std::vector<std::pair<std::int64_t, std::int64_t>>;

std::optional<Ranges> parse_ranges(const std::string& list) {
  Ranges ranges;
  for (const std::string& part : text::split(list, ',')) {
    const size_t dash = part.find('-');
    const auto first = text::to_int(std::string_view(part).substr(0, dash));
    const auto last =
        dash == std::string::npos ? first : text::to_int(std::string_view(part).substr(dash + 1));
    if (!first || !last || *first < 0 || *last < *first) return std::nullopt;
    ranges.emplace_back(*first, *last);
  }
  return ranges;
}

/// Whether the ranges of `available`, which the kernel wrote (in order, apart), hold this one.
bool holds(const Ranges& available, const std::pair<std::int64_t, std::int64_t>& wanted) {
  return std::any_of(available.begin(), available.end(), [&](const auto& range) {
    return range.first <= wanted.first && wanted.second <= range.second;
  });
}

void check(const std::string& requested, const std::string& available, const std::string& setting,
           const std::string& things) {
  if (requested.empty()) return;
  const auto wanted = parse_ranges(requested);
  if (!wanted)
    throw Error(Errc::invalid, "Invalid value " + requested + " for cpuset " + setting +
                                   ": invalid format: " + requested);
  const auto there = parse_ranges(available);
  if (!there || std::all_of(wanted->begin(), wanted->end(),
                            [&](const auto& range) { return holds(*there, range); }))
    return;
  throw Error(Errc::invalid, "Requested " + things + " are not available - requested " + requested +
                                 ", available: " + available);
}

}  // namespace

void check_cpuset(const std::string& requested, unsigned cpus) {
  const std::string last = cpus == 0 ? "" : std::to_string(cpus - 1);
  check(requested, cpus > 1 ? "0-" + last : last, "cpus", "CPUs");
}

void check_memory_nodes(const std::string& requested, const std::string& nodes) {
  check(requested, nodes, "mems", "memory nodes");
}

void check_nano_cpus(std::int64_t requested, unsigned cpus) {
  if (cpus == 0 || (requested >= 0 && requested <= cpus * std::int64_t{1'000'000'000})) return;
  const std::string there = std::to_string(cpus);
  throw Error(Errc::invalid, "range of CPUs is from 0.01 to " + there + ".00, as there are only " +
                                 there + " CPUs available");
}

}  // namespace gantry::services
