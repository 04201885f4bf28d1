#include "core/domain/ulimit.hpp"

#include <algorithm>
#include <iterator>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/json/writer.hpp"

namespace gantry::domain {
namespace {

constexpr std::string_view kUlimits[] = {
    "as",   "core",   "cpu",   "data", "fsize",  "locks",  "memlock",    "msgqueue",
    "nice", "nofile", "nproc", "rss",  "rtprio", "rttime", "sigpending", "stack"};

std::uint64_t as_kernel_sees(std::int64_t limit) { return static_cast<std::uint64_t>(limit); }

}  // namespace

void check_ulimits(const json::Node& host_config) {
  host_config["Ulimits"].each_item([](json::Node item) {
    const std::string name = item["Name"].str();
    if (std::ranges::find(kUlimits, text::lower(name)) == std::end(kUlimits))
      item["Name"].fail("unknown ulimit \"" + name + "\"");
    const std::int64_t soft = item["Soft"].i64(), hard = item["Hard"].i64();
    if (as_kernel_sees(soft) > as_kernel_sees(hard))
      throw Error(Errc::invalid,
                  item.path() + ": ulimit soft limit must be less than or equal to " +
                      "hard limit: " + std::to_string(soft) + " > " + std::to_string(hard));
  });
}

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
