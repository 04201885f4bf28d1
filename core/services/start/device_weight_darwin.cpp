#include "core/services/start/device_weight.hpp"

namespace gantry::services {

bool takes_weight(const std::string&) noexcept { return false; }

}  // namespace gantry::services
