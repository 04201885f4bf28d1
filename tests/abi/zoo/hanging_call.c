/* Loads, and never comes back from a call. */
#define ZOO_ID "hanging-call"
#define ZOO_TABLE &hanging_table
#include <gantry/volume.h>
static const gantry_volume hanging_table;
#include <unistd.h>

#include "volume_stub.h"

static gantry_status hang(void* self, const gantry_sink* out, gantry_error* err) {
  (void)self, (void)out, (void)err;
  for (;;) pause();
}

static const gantry_volume hanging_table = {
    sizeof(gantry_volume), 0,         hang,     stub_create, stub_remove, stub_mount,
    stub_unmount,          stub_path, stub_get, stub_list};

ZOO_ENTRY(sizeof(gantry_plugin_entry_v1), GANTRY_ABI_MAJOR, stub_count, stub_describe, stub_make);
