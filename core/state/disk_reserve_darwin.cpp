#include "core/state/disk_reserve.hpp"

namespace gantry::state {

// Nothing is held back here.
DiskReserve::DiskReserve(const std::filesystem::path&) {}

bool DiskReserve::fill() noexcept { return true; }

}  // namespace gantry::state
