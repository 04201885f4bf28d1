/* A kind of a later version. */
#define ZOO_ID "unknown-kind"
#define ZOO_KIND "gantry.volume/2"
#include "volume_stub.h"

ZOO_ENTRY(sizeof(gantry_plugin_entry_v1), GANTRY_ABI_MAJOR, stub_count, stub_describe, stub_make);
