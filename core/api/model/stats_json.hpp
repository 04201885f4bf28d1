// ContainerStatsResponse. Pure.
#pragma once

#include <string>

#include "core/services/containers/container_stats.hpp"

namespace gantry::api {

/// One object. Samples that were not taken are shown as zeros.
std::string stats_json(const domain::ContainerRecord& record, const services::StatsSample& now,
                       const services::StatsSample& before);

}  // namespace gantry::api
