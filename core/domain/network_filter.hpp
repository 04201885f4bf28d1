// The filters of GET /networks and POST /networks/prune (behaviours.md 11.4, 11.6). Pure; any
// thread.
#pragma once

#include "core/domain/filter_args.hpp"
#include "core/domain/network.hpp"

namespace gantry::domain {

/// Throws Error{invalid} for unknown keys and values.
void check_network_list_filters(const FilterArgs& filters);
bool network_listed(const NetworkRecord& network, const FilterArgs& filters);

void check_network_prune_filters(const FilterArgs& filters);
/// `now` resolves relative `until` values.
bool network_prunable(const NetworkRecord& network, const FilterArgs& filters, UnixNanos now);

}  // namespace gantry::domain
