#include "core/main/process_setup.hpp"

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace gantry::daemon {

void set_up_allocator() {
#ifdef __GLIBC__
  // Default is eight arenas per core, each keeping what its threads once needed.
  ::mallopt(M_ARENA_MAX, 2);
  ::mallopt(M_TRIM_THRESHOLD, 128 << 10);
  ::mallopt(M_MMAP_THRESHOLD, 128 << 10);
#endif
}

void trim_allocator() {
#ifdef __GLIBC__
  ::malloc_trim(0);
#endif
}

}  // namespace gantry::daemon
