// Loads, and lets exceptions out of its calls: one of the standard's, one of no class at all.
#define ZOO_ID "throwing-call"
#define ZOO_TABLE zoo_table()
#include <gantry/volume.h>
static const gantry_volume* zoo_table();
#include <stdexcept>

#include "volume_stub.h"

static const gantry_volume* zoo_table() {
  static gantry_volume table = stub_table;
  table.mount = [](void*, const char*, const char*, const gantry_op*, const gantry_sink*,
                   gantry_error*) -> gantry_status { throw std::logic_error("no mount today"); };
  table.list = [](void*, const gantry_sink*, gantry_error*) -> gantry_status { throw 42; };
  return &table;
}

ZOO_ENTRY(sizeof(gantry_plugin_entry_v1), GANTRY_ABI_MAJOR, stub_count, stub_describe, stub_make);
