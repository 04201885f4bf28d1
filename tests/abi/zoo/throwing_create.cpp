// Lets an exception out of create.
#define ZOO_ID "throwing-create"
#include <stdexcept>

#include "volume_stub.h"

static gantry_status throw_it(uint32_t, const gantry_host*, gantry_plugin*, gantry_error*) {
  throw std::runtime_error("out of cheese");
}

ZOO_ENTRY(sizeof(gantry_plugin_entry_v1), GANTRY_ABI_MAJOR, stub_count, stub_describe, throw_it);
