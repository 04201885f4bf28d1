/* Runtime extension "gantry.runtime.archive/1": a container's files as tar, running or not. */
/* clang-format off: tables and comments are laid out by hand. */
#ifndef GANTRY_EXT_ARCHIVE_H
#define GANTRY_EXT_ARCHIVE_H

#include <gantry/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define GANTRY_EXT_ARCHIVE "gantry.runtime.archive/1"

typedef struct gantry_ext_archive {
  uint32_t size;
  uint32_t reserved;
  /* [any] Writes the whole root (without mounts of volumes) as a tar to `fd` (POSIX pax). A closed
   * reader (EPIPE) is GANTRY_CANCELLED. */
  gantry_status (*export_root)(void* self, const char* id, int32_t fd, const gantry_op* op,
                               gantry_error* err);
} gantry_ext_archive;

#ifdef __cplusplus
}
#endif
#endif
