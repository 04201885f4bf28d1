/* An entry that ends before create. */
#define ZOO_ID "short-entry"
#include "volume_stub.h"

ZOO_ENTRY(offsetof(gantry_plugin_entry_v1, create), GANTRY_ABI_MAJOR, stub_count, stub_describe,
          stub_make);
