// The filters of GET /volumes and POST /volumes/prune (behaviours.md 12.4). Pure; any thread.
#pragma once

#include "core/domain/filter_args.hpp"
#include "core/domain/volume.hpp"

namespace gantry::domain {

/// Throws Error{invalid} for unknown keys and values.
void check_volume_list_filters(const FilterArgs& filters);
bool volume_listed(const VolumeRecord& volume, bool in_use, const FilterArgs& filters);

void check_volume_prune_filters(const FilterArgs& filters);
/// Of an unused volume. `all_by_default`: clients before API 1.42 mean named volumes too.
bool volume_prunable(const VolumeRecord& volume, bool all_by_default, const FilterArgs& filters);

}  // namespace gantry::domain
