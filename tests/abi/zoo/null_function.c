/* A table of full size with a hole. */
#define ZOO_ID "null-function"
#define ZOO_TABLE &zoo_table
#include <gantry/volume.h>
static const gantry_volume zoo_table;
#include "volume_stub.h"

static const gantry_volume zoo_table = {
    sizeof(gantry_volume), 0,         stub_capabilities, stub_create, stub_remove, NULL,
    stub_unmount,          stub_path, stub_get,          stub_list};

ZOO_ENTRY(sizeof(gantry_plugin_entry_v1), GANTRY_ABI_MAJOR, stub_count, stub_describe, stub_make);
