/* Promises a plugin that it does not describe. */
#define ZOO_ID "null-describe"
#include "volume_stub.h"

static const gantry_plugin_info* describe_nothing(uint32_t index) {
  (void)index;
  return NULL;
}

ZOO_ENTRY(sizeof(gantry_plugin_entry_v1), GANTRY_ABI_MAJOR, stub_count, describe_nothing,
          stub_make);
