#include <malloc/malloc.h>

#include "core/main/process_setup.hpp"

namespace gantry::daemon {

void set_up_allocator() {}

void trim_memory() { ::malloc_zone_pressure_relief(nullptr, 0); }

}  // namespace gantry::daemon
