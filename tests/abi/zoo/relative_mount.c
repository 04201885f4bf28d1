/* Loads, and says of each volume that it is here. */
#define ZOO_ID "relative-mount"
#define ZOO_TABLE &relative_table
#include <gantry/volume.h>
static const gantry_volume relative_table;
#include "volume_stub.h"

static gantry_status mount_here(void* self, const char* name, const char* user, const gantry_op* op,
                                const gantry_sink* out, gantry_error* err) {
  (void)self, (void)name, (void)user, (void)op, (void)err;
  return stub_out(out, ".");
}

static const gantry_volume relative_table = {
    sizeof(gantry_volume), 0,         stub_capabilities, stub_create, stub_remove, mount_here,
    stub_unmount,          stub_path, stub_get,          stub_list};

ZOO_ENTRY(sizeof(gantry_plugin_entry_v1), GANTRY_ABI_MAJOR, stub_count, stub_describe, stub_make);
