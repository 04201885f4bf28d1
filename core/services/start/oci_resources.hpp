// The spec's `linux.resources` object: cgroup limits and the device allow list. Pure; any thread.
#pragma once

#include <string>

#include "core/domain/container_update.hpp"
#include "core/services/start/start_plan.hpp"

namespace gantry::services {

std::string oci_resources(const StartPlan& plan, const json::Node& host_config);
/// What of it an update changes.
std::string oci_update(const domain::ContainerUpdate& update);
/// The spec's `linux.devices` array.
std::string oci_devices(const StartPlan& plan);

}  // namespace gantry::services
