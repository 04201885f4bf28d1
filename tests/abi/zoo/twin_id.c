/* Two plugins of one id in one library. */
#define ZOO_ID "twin-id"
#define ZOO_COUNT 2
#include "volume_stub.h"

ZOO_ENTRY(sizeof(gantry_plugin_entry_v1), GANTRY_ABI_MAJOR, stub_count, stub_describe, stub_make);
