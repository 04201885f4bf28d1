#include "core/buildkit/usage_filters.hpp"

#include <set>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/buildkit/timestamp.hpp"
#include "core/json/writer.hpp"

namespace gantry::buildkit {
namespace {

void add(json::Writer& out, std::set<std::string>& names, const std::string& filter) {
  // A name alone asks whether it is so.
  std::string name = filter, value = "true";
  if (const std::size_t at = filter.find('='); at != std::string::npos) {
    const bool equal = filter.compare(at, 2, "==") == 0;
    const bool like = at > 0 && filter[at - 1] == '~';
    if (!equal && !like) throw Error(Errc::unsupported, "filter: " + filter + " is not supported");
    name = filter.substr(0, like ? at - 1 : at);
    value = filter.substr(equal ? at + 2 : at + 1);
  }
  // All must hold; those of POST /build/prune hold when one of a name's values does.
  if (!names.insert(name).second)
    throw Error(Errc::unsupported, "filter: " + name + " may come once");
  out.key(name).strings({value});
}

// Upwards: none goes that is younger.
std::string seconds(std::int64_t nanos) {
  return std::to_string(nanos / kSecond + (nanos % kSecond == 0 ? 0 : 1)) + "s";
}

}  // namespace

domain::FilterArgs usage_filters(const std::vector<std::string>& filters, std::int64_t keep_nanos) {
  json::Writer out;
  std::set<std::string> names;
  out.begin_object();
  if (filters.size() > 1) throw Error(Errc::unsupported, "filter: one is supported");
  for (const std::string& all : filters)
    for (const std::string& filter : text::split(all, ','))
      if (!filter.empty()) add(out, names, filter);
  if (keep_nanos > 0) add(out, names, "until==" + seconds(keep_nanos));
  out.end_object();
  return domain::FilterArgs::parse(out.take());
}

}  // namespace gantry::buildkit
