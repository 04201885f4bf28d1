#include "core/services/cpu_check.hpp"

#include <algorithm>
#include <cstdint>

#include "core/base/error.hpp"
#include "core/base/text.hpp"

namespace gantry::services {

void check_cpuset(const std::string& requested, unsigned cpus) {
  if (requested.empty()) return;
  std::int64_t highest = 0;
  for (const std::string& part : text::split(requested, ',')) {
    const size_t dash = part.find('-');
    const auto first = text::to_int(std::string_view(part).substr(0, dash));
    const auto last =
        dash == std::string::npos ? first : text::to_int(std::string_view(part).substr(dash + 1));
    if (!first || !last || *first < 0 || *last < *first)
      throw Error(Errc::invalid, "Invalid value " + requested + " for cpuset cpus");
    highest = std::max(highest, *last);
  }
  if (cpus == 0 || highest < static_cast<std::int64_t>(cpus)) return;
  const std::string available = cpus == 1 ? "0" : "0-" + std::to_string(cpus - 1);
  throw Error(Errc::invalid, "Requested CPUs are not available - requested " + requested +
                                 ", available: " + available);
}

void check_nano_cpus(std::int64_t requested, unsigned cpus) {
  if (requested >= 0 && (cpus == 0 || requested <= std::int64_t{cpus} * 1'000'000'000)) return;
  const std::string available = std::to_string(cpus);
  throw Error(Errc::invalid, "range of CPUs is from 0.01 to " + available +
                                 ".00, as there are only " + available + " CPUs available");
}

}  // namespace gantry::services
