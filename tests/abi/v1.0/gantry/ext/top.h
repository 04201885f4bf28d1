/* Runtime extension "gantry.runtime.top/1": the processes of a container. */
/* clang-format off: tables and comments are laid out by hand. */
#ifndef GANTRY_EXT_TOP_H
#define GANTRY_EXT_TOP_H

#include <gantry/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define GANTRY_EXT_TOP "gantry.runtime.top/1"

typedef struct gantry_ext_top {
  uint32_t size;
  uint32_t reserved;
  /* [any] JSON array of the host pids of all processes of a running container. */
  gantry_status (*pids)(void* self, const char* id, const gantry_sink* out, gantry_error* err);
} gantry_ext_top;

#ifdef __cplusplus
}
#endif
#endif
