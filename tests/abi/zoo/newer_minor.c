/* The one healthy animal: built against a later minor version, with an entry and a table that have
 * grown. */
#define ZOO_ID "newer-minor"
#define ZOO_TABLE &zoo_table
#include <gantry/volume.h>
struct grown_table {
  gantry_volume base;
  gantry_status (*later)(void* self);
};
static const struct grown_table zoo_table;
#include "volume_stub.h"

static const struct grown_table zoo_table = {
    {sizeof(struct grown_table), 0, stub_capabilities, stub_create, stub_remove, stub_mount,
     stub_unmount, stub_path, stub_get, stub_list},
    NULL};

struct grown_entry {
  gantry_plugin_entry_v1 base;
  void (*later)(void);
};

GANTRY_EXPORT extern const struct grown_entry gantry_plugin_entry;
const struct grown_entry gantry_plugin_entry = {
    {sizeof(struct grown_entry), GANTRY_ABI_MAJOR, GANTRY_ABI_MINOR + 7, 0, stub_count,
     stub_describe, stub_make},
    NULL};
