/* Kind "gantry.volume/1": a volume driver (the calls of Docker's own volume driver protocol).
 * Volume names match [a-zA-Z0-9][a-zA-Z0-9_.-]*, at most 255 bytes. A volume's JSON:
 *   {"name","mountpoint":"/abs/path" or "","created_at":ns,"status":{…}}
 * "name" and "created_at" (more than 0, the same after a restart) are required. */
/* clang-format off: tables and comments are laid out by hand. */
#ifndef GANTRY_VOLUME_H
#define GANTRY_VOLUME_H

#include <gantry/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gantry_volume {
  uint32_t size;
  uint32_t reserved;
  /* [any] {"scope":"local"|"global"} */
  gantry_status (*capabilities)(void* self, const gantry_sink* out, gantry_error* err);
  /* [per-object: name] `options`: JSON object of strings (driver options). Existing name: success.
   */
  gantry_status (*create)(void* self, const char* name, gantry_bytes options, gantry_error* err);
  /* [per-object: name] Unknown: GANTRY_NOT_FOUND. Deletes the data. */
  gantry_status (*remove)(void* self, const char* name, gantry_error* err);
  /* [per-object: name] Makes the volume usable for `user_id` (an opaque id, unique per use) and
   * writes the absolute host path of its content. Every mount is followed by one unmount with the
   * same user_id, perhaps only after a restart of the daemon: what is mounted stays mounted over
   * destroy() and is known again to the next create(). A daemon that died in between may mount for
   * the same user_id again: that is success, and still one use. An empty volume may be filled by
   * the host through this path, whatever the driver. */
  gantry_status (*mount)(void* self, const char* name, const char* user_id, const gantry_op* op,
                         const gantry_sink* path, gantry_error* err);
  gantry_status (*unmount)(void* self, const char* name, const char* user_id,
                           gantry_error* err); /* [per-object: name] */
  /* [any] Host path, or empty when it is not mounted. */
  gantry_status (*path)(void* self, const char* name, const gantry_sink* out, gantry_error* err);
  /* [any] The volume's JSON; GANTRY_NOT_FOUND. */
  gantry_status (*get)(void* self, const char* name, const gantry_sink* out, gantry_error* err);
  /* [any] JSON array of such objects. */
  gantry_status (*list)(void* self, const gantry_sink* out, gantry_error* err);
} gantry_volume;

#ifdef __cplusplus
}
#endif
#endif
