/* A table that ends before get and list. */
#define ZOO_ID "short-table"
#define ZOO_TABLE &zoo_table
#include <gantry/volume.h>
static const gantry_volume zoo_table;
#include "volume_stub.h"

static const gantry_volume zoo_table = {offsetof(gantry_volume, get),
                                        0,
                                        stub_capabilities,
                                        stub_create,
                                        stub_remove,
                                        stub_mount,
                                        stub_unmount,
                                        stub_path,
                                        NULL,
                                        NULL};

ZOO_ENTRY(sizeof(gantry_plugin_entry_v1), GANTRY_ABI_MAJOR, stub_count, stub_describe, stub_make);
