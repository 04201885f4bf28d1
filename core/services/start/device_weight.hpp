// Whether block I/O of a device can be shared out by weights. Platform seam:
// device_weight_<os>.cpp. Any thread.
#pragma once

#include <string>

namespace gantry::services {

/// False as well for what is no block device. Never throws.
bool takes_weight(const std::string& path) noexcept;

}  // namespace gantry::services
