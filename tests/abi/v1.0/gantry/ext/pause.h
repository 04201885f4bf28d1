/* Runtime extension "gantry.runtime.pause/1": freezes all processes of a container. */
/* clang-format off: tables and comments are laid out by hand. */
#ifndef GANTRY_EXT_PAUSE_H
#define GANTRY_EXT_PAUSE_H

#include <gantry/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define GANTRY_EXT_PAUSE "gantry.runtime.pause/1"

typedef struct gantry_ext_pause {
  uint32_t size;
  uint32_t reserved;
  gantry_status (*pause)(void* self, const char* id, gantry_error* err);  /* [per-object] */
  gantry_status (*resume)(void* self, const char* id, gantry_error* err); /* [per-object] */
} gantry_ext_pause;

#ifdef __cplusplus
}
#endif
#endif
