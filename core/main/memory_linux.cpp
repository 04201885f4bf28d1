#include <sys/mman.h>

#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>

#include "core/main/process_setup.hpp"

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace gantry::daemon {
namespace {

/// Code that start-up or one request ran stays mapped although nothing runs it again: the kernel
/// maps 16 pages around each one touched. Dropped from our page tables it stays in the page cache
/// and comes back by itself, page by page, as it is run. Only code: it is never written to, so
/// nothing can be lost.
void unmap_idle_code() {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> maps(std::fopen("/proc/self/maps", "re"),
                                                             std::fclose);
  if (!maps) return;
  char line[512];
  while (std::fgets(line, sizeof line, maps.get()) != nullptr) {
    std::uintptr_t begin = 0, end = 0;
    char mode[5] = {};
    if (std::sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s", &begin, &end, mode) == 3 &&
        std::strcmp(mode, "r-xp") == 0 && std::strchr(line, '/') != nullptr)
      ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
  }
}

}  // namespace

void set_up_allocator() {
#ifdef __GLIBC__
  // Default is eight arenas per core, each keeping what its threads once needed.
  ::mallopt(M_ARENA_MAX, 2);
  ::mallopt(M_TRIM_THRESHOLD, 128 << 10);
  ::mallopt(M_MMAP_THRESHOLD, 128 << 10);
#endif
}

void trim_memory() {
#ifdef __GLIBC__
  ::malloc_trim(0);
#endif
  unmap_idle_code();
}

}  // namespace gantry::daemon
