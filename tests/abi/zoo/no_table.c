/* create succeeds and gives nothing. */
#define ZOO_ID "no-table"
#define ZOO_TABLE NULL
#include "volume_stub.h"

ZOO_ENTRY(sizeof(gantry_plugin_entry_v1), GANTRY_ABI_MAJOR, stub_count, stub_describe, stub_make);
