#include "core/domain/network_filter.hpp"

#include "core/base/error.hpp"
#include "core/domain/time_filter.hpp"

namespace gantry::domain {

void check_network_list_filters(const FilterArgs& filters) {
  filters.allow({"dangling", "driver", "id", "label", "name", "scope", "type"});
  filters.boolean("dangling", false);
  for (const std::string& type : filters.get("type"))
    if (type != "builtin" && type != "custom")
      throw Error(Errc::invalid, "invalid filter: 'type'='" + type + "'");
}

bool network_listed(const NetworkRecord& network, const FilterArgs& filters) {
  if (!filters.exact_match("driver", network.driver) || !filters.match("name", network.name) ||
      !filters.match("id", network.id) || !filters.labels_match(network.labels) ||
      !filters.exact_match("scope", network.scope) ||
      !filters.exact_match("type", network.predefined ? "builtin" : "custom"))
    return false;
  // The list knows no members (behaviours.md 11.4): every custom network counts as dangling.
  return !filters.has("dangling") || filters.boolean("dangling", false) == !network.predefined;
}

void check_network_prune_filters(const FilterArgs& filters) {
  filters.allow({"label", "label!", "until"});
  if (filters.get("until").size() > 1)
    throw Error(Errc::invalid, "more than one until filter specified");
  for (const std::string& until : filters.get("until"))
    if (!parse_time_filter(until, 0))
      throw Error(Errc::invalid, "invalid filter 'until=" + until + "'");
}

bool network_prunable(const NetworkRecord& network, const FilterArgs& filters, UnixNanos now) {
  if (network.predefined || !filters.labels_match(network.labels)) return false;
  if (filters.has("label!") && filters.labels_match(network.labels, "label!")) return false;
  for (const std::string& until : filters.get("until"))
    if (network.created > parse_time_filter(until, now).value_or(now)) return false;
  return true;
}

}  // namespace gantry::domain
