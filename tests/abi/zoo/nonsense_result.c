/* Loads, and gives results that are not what the header says. */
#define ZOO_ID "nonsense-result"
#define ZOO_TABLE &zoo_table
#include <gantry/volume.h>
static const gantry_volume zoo_table;
#include "volume_stub.h"

static gantry_status broken_json(void* self, const char* name, const gantry_sink* out,
                                 gantry_error* err) {
  (void)self, (void)name, (void)err;
  return stub_out(out, "{\"name\":");
}
static gantry_status wrong_types(void* self, const gantry_sink* out, gantry_error* err) {
  (void)self, (void)err;
  return stub_out(out, "[{\"name\":7}]");
}
static gantry_status relative_path(void* self, const char* name, const char* user,
                                   const gantry_op* op, const gantry_sink* out, gantry_error* err) {
  (void)self, (void)name, (void)user, (void)op, (void)err;
  return stub_out(out, "etc");
}
/* Neither a class of the ABI, nor a message with an end. */
static gantry_status endless_message(void* self, const char* name, gantry_error* err) {
  (void)self, (void)name;
  memset(err->message, 'x', sizeof err->message);
  return 4711;
}
static gantry_status silent(void* self, const char* name, gantry_bytes options, gantry_error* err) {
  (void)self, (void)name, (void)options, (void)err;
  return GANTRY_CONFLICT;
}
static gantry_status endless_result(void* self, const char* name, const gantry_sink* out,
                                    gantry_error* err) {
  static char chunk[1 << 20];
  int i;
  (void)self, (void)name, (void)err;
  for (i = 0; i < 200; ++i) out->write(out->ctx, chunk, sizeof chunk);
  return GANTRY_OK;
}

static const gantry_volume zoo_table = {sizeof(gantry_volume), 0,
                                        stub_capabilities,     silent,
                                        endless_message,       relative_path,
                                        stub_unmount,          endless_result,
                                        broken_json,           wrong_types};

ZOO_ENTRY(sizeof(gantry_plugin_entry_v1), GANTRY_ABI_MAJOR, stub_count, stub_describe, stub_make);
