/* Refuses to be created, with a reason. */
#define ZOO_ID "failing-create"
#include "volume_stub.h"

static gantry_status refuse(uint32_t index, const gantry_host* host, gantry_plugin* out,
                            gantry_error* err) {
  (void)index, (void)host, (void)out;
  err->code = GANTRY_UNAVAILABLE;
  strcpy(err->message, "the server is not there");
  return GANTRY_UNAVAILABLE;
}

ZOO_ENTRY(sizeof(gantry_plugin_entry_v1), GANTRY_ABI_MAJOR, stub_count, stub_describe, refuse);
