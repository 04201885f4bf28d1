#include "core/domain/ulimit.hpp"

#include <algorithm>

#include "core/json/writer.hpp"

namespace gantry::domain {

std::vector<Ulimit> effective_ulimits(const json::Node& host_config,
                                      const std::vector<Ulimit>& defaults) {
  std::vector<Ulimit> limits;
  host_config["Ulimits"].each_item([&](json::Node item) {
    limits.push_back({item["Name"].str(), item["Soft"].i64(), item["Hard"].i64()});
  });
  const std::size_t own = limits.size();
  for (const Ulimit& limit : defaults) {
    const auto end = limits.begin() + static_cast<std::ptrdiff_t>(own);
    if (std::none_of(limits.begin(), end,
                     [&](const Ulimit& other) { return other.name == limit.name; }))
      limits.push_back(limit);
  }
  return limits;
}

std::string with_ulimits(const HostConfig& host_config, const std::vector<Ulimit>& defaults) {
  if (defaults.empty()) return host_config.json;
  const auto document = host_config.document();
  json::Writer out;
  out.begin_object();
  document.root().each_member([&](std::string_view name, json::Node value) {
    out.key(name);
    if (name != "Ulimits") {
      out.raw(value.raw());
      return;
    }
    out.begin_array();
    for (const Ulimit& limit : effective_ulimits(document.root(), defaults))
      out.begin_object()
          .field("Name", limit.name)
          .field("Hard", limit.hard)
          .field("Soft", limit.soft)
          .end_object();
    out.end_array();
  });
  out.end_object();
  return out.take();
}

}  // namespace gantry::domain
