/* Runtime extension "gantry.runtime.update/1": changes a running container's limits. */
/* clang-format off: tables and comments are laid out by hand. */
#ifndef GANTRY_EXT_UPDATE_H
#define GANTRY_EXT_UPDATE_H

#include <gantry/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define GANTRY_EXT_UPDATE "gantry.runtime.update/1"

typedef struct gantry_ext_update {
  uint32_t size;
  uint32_t reserved;
  /* [per-object] `resources`: as "linux.resources" of the OCI runtime spec (cpu, memory, pids,
   * blockIO); what it does not name stays as it is. What this host cannot limit is
   * GANTRY_UNSUPPORTED, what the kernel refuses GANTRY_INVALID; then what was there before is in
   * force again, as far as the kernel lets it. Not running: GANTRY_CONFLICT. */
  gantry_status (*update)(void* self, const char* id, gantry_bytes resources, gantry_error* err);
} gantry_ext_update;

#ifdef __cplusplus
}
#endif
#endif
