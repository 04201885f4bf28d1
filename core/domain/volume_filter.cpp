#include "core/domain/volume_filter.hpp"

namespace gantry::domain {
namespace {

const std::map<std::string, std::string>& labels_of(const VolumeRecord& volume) {
  static const std::map<std::string, std::string> none;
  return volume.labels ? *volume.labels : none;
}

}  // namespace

void check_volume_list_filters(const FilterArgs& filters) {
  filters.allow({"dangling", "driver", "label", "name"});
  filters.boolean("dangling", false);
}

bool volume_listed(const VolumeRecord& volume, bool in_use, const FilterArgs& filters) {
  if (filters.has("dangling") && filters.boolean("dangling", false) == in_use) return false;
  return filters.match("name", volume.name) && filters.exact_match("driver", volume.driver) &&
         filters.labels_match(labels_of(volume));
}

void check_volume_prune_filters(const FilterArgs& filters) {
  filters.allow({"all", "label", "label!"});
  filters.boolean("all", false);
}

bool volume_prunable(const VolumeRecord& volume, bool all_by_default, const FilterArgs& filters) {
  if (!volume.anonymous && !filters.boolean("all", all_by_default)) return false;
  if (!filters.labels_match(labels_of(volume))) return false;
  return !filters.has("label!") || !filters.labels_match(labels_of(volume), "label!");
}

}  // namespace gantry::domain
