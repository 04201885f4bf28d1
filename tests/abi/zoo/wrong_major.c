/* Built for an ABI of the future. None of its functions may run. */
#define ZOO_ID "wrong-major"
#include <stdlib.h>

#include "volume_stub.h"

static uint32_t deadly_count(void) { abort(); }

ZOO_ENTRY(sizeof(gantry_plugin_entry_v1), 9, deadly_count, stub_describe, stub_make);
