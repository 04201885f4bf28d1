/* Carries no plugin. */
#define ZOO_ID "no-count"
#define ZOO_COUNT 0
#include "volume_stub.h"

ZOO_ENTRY(sizeof(gantry_plugin_entry_v1), GANTRY_ABI_MAJOR, stub_count, stub_describe, stub_make);
