#include "core/buildkit/usage_filters.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/json/writer.hpp"

namespace gantry::buildkit {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

void add(json::Writer& out, const std::string& filter) {
  // A name alone asks whether it is so.
  std::string name = filter, value = "true";
  if (const std::size_t at = filter.find('='); at != std::string::npos) {
    const bool equal = filter.compare(at, 2, "==") == 0;
    const bool like = at > 0 && filter[at - 1] == '~';
    if (!equal && !like) throw Error(Errc::unsupported, "filter: " + filter + " is not supported");
    name = filter.substr(0, like ? at - 1 : at);
    value = filter.substr(equal ? at + 2 : at + 1);
  }
  out.key(name).strings({value});
}

}  // namespace

domain::FilterArgs usage_filters(const std::vector<std::string>& filters, std::int64_t keep_nanos) {
  json::Writer out;
  out.begin_object();
  if (filters.size() > 1) throw Error(Errc::unsupported, "filter: one is supported");
  for (const std::string& all : filters)
    for (const std::string& filter : text::split(all, ','))
      if (!filter.empty()) add(out, filter);
  if (keep_nanos > 0)
    out.key("until").strings({std::to_string((keep_nanos + kSecond - 1) / kSecond) + "s"});
  out.end_object();
  return domain::FilterArgs::parse(out.take());
}

}  // namespace gantry::buildkit
