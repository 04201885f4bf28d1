/* An entry without describe. */
#define ZOO_ID "null-entry"
#include "volume_stub.h"

ZOO_ENTRY(sizeof(gantry_plugin_entry_v1), GANTRY_ABI_MAJOR, stub_count, NULL, stub_make);
