/* Volume extension "gantry.volume.drivers/1": a plugin that serves drivers whose names it learns
 * while it runs (drivers behind Docker's plugin protocol, say), instead of one of its own name. The
 * host asks it for every driver name that no other plugin has. The plugin's own gantry_volume table
 * must be complete, but the host never calls it. */
/* clang-format off: tables and comments are laid out by hand. */
#ifndef GANTRY_EXT_VOLUME_DRIVERS_H
#define GANTRY_EXT_VOLUME_DRIVERS_H

#include <gantry/abi.h>
#include <gantry/volume.h>

#ifdef __cplusplus
extern "C" {
#endif

#define GANTRY_EXT_VOLUME_DRIVERS "gantry.volume.drivers/1"

/* A driver: `table` is called with this `self`. Both live as long as the plugin, also when the
 * driver behind them is gone: its calls then fail. */
typedef struct gantry_volume_driver {
  uint32_t size; /* in: sizeof(gantry_volume_driver) of the caller */
  uint32_t reserved;
  void* self;
  const gantry_volume* table;
} gantry_volume_driver;

typedef struct gantry_ext_volume_drivers {
  uint32_t size;
  uint32_t reserved;
  /* [any] Finds the driver users call `name`. GANTRY_NOT_FOUND: this plugin does not have it (now).
   * May take its time to reach it, within the deadline of `op`. The same name gives the same driver
   * each time. */
  gantry_status (*resolve)(void* self, const char* name, const gantry_op* op,
                           gantry_volume_driver* out, gantry_error* err);
  /* [any] JSON array of the names known now, whether or not the drivers answer. Quick: waits for
   * none of them. */
  gantry_status (*names)(void* self, const gantry_sink* out, gantry_error* err);
} gantry_ext_volume_drivers;

#ifdef __cplusplus
}
#endif
#endif
