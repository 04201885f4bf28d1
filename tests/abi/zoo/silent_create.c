/* Refuses to be created, without a word. */
#define ZOO_ID "silent-create"
#include "volume_stub.h"

static gantry_status refuse(uint32_t index, const gantry_host* host, gantry_plugin* out,
                            gantry_error* err) {
  (void)index, (void)host, (void)out, (void)err;
  return GANTRY_INTERNAL;
}

ZOO_ENTRY(sizeof(gantry_plugin_entry_v1), GANTRY_ABI_MAJOR, stub_count, stub_describe, refuse);
