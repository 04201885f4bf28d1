/* A name service where a volume driver is wanted. */
#define ZOO_ID "wrong-kind"
#define ZOO_KIND "gantry.network/1"
#include "volume_stub.h"

ZOO_ENTRY(sizeof(gantry_plugin_entry_v1), GANTRY_ABI_MAJOR, stub_count, stub_describe, stub_make);
