/* An id that would leave the plugin's directory. */
#define ZOO_ID "../bad-id"
#include "volume_stub.h"

ZOO_ENTRY(sizeof(gantry_plugin_entry_v1), GANTRY_ABI_MAJOR, stub_count, stub_describe, stub_make);
