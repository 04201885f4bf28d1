/* A volume driver that is right in everything and does nothing; each animal of the zoo changes one
 * thing. */
#ifndef ZOO_VOLUME_STUB_H
#define ZOO_VOLUME_STUB_H

#include <gantry/volume.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

#define STUB static inline gantry_status

STUB stub_out(const gantry_sink* out, const char* text) {
  out->write(out->ctx, text, strlen(text));
  return GANTRY_OK;
}
STUB stub_capabilities(void* self, const gantry_sink* out, gantry_error* err) {
  (void)self, (void)err;
  return stub_out(out, "{\"scope\":\"local\"}");
}
STUB stub_create(void* self, const char* name, gantry_bytes options, gantry_error* err) {
  (void)self, (void)name, (void)options, (void)err;
  return GANTRY_OK;
}
STUB stub_remove(void* self, const char* name, gantry_error* err) {
  (void)self, (void)name, (void)err;
  return GANTRY_OK;
}
STUB stub_mount(void* self, const char* name, const char* user, const gantry_op* op,
                const gantry_sink* out, gantry_error* err) {
  (void)self, (void)name, (void)user, (void)op, (void)err;
  return stub_out(out, "/tmp");
}
STUB stub_unmount(void* self, const char* name, const char* user, gantry_error* err) {
  (void)self, (void)name, (void)user, (void)err;
  return GANTRY_OK;
}
STUB stub_path(void* self, const char* name, const gantry_sink* out, gantry_error* err) {
  (void)self, (void)name, (void)err;
  return stub_out(out, "");
}
STUB stub_get(void* self, const char* name, const gantry_sink* out, gantry_error* err) {
  (void)self, (void)name, (void)err;
  return stub_out(out, "{\"name\":\"v\"}");
}
STUB stub_list(void* self, const gantry_sink* out, gantry_error* err) {
  (void)self, (void)err;
  return stub_out(out, "[]");
}
static inline void stub_destroy(void* self) { (void)self; }

static const gantry_volume stub_table = {
    sizeof(gantry_volume), 0,         stub_capabilities, stub_create, stub_remove, stub_mount,
    stub_unmount,          stub_path, stub_get,          stub_list};

/* What the animals may replace before they include this header. */
#ifndef ZOO_TABLE
#define ZOO_TABLE &stub_table
#endif
#ifndef ZOO_KIND
#define ZOO_KIND GANTRY_KIND_VOLUME
#endif
#ifndef ZOO_COUNT
#define ZOO_COUNT 1
#endif

static inline uint32_t stub_count(void) { return ZOO_COUNT; }
static inline const gantry_plugin_info* stub_describe(uint32_t index) {
  static const gantry_plugin_info info = {sizeof(gantry_plugin_info), 0, ZOO_ID, ZOO_KIND, "1.0.0",
                                          "an animal of the zoo"};
  return index < ZOO_COUNT ? &info : NULL;
}
static inline gantry_status stub_make(uint32_t index, const gantry_host* host, gantry_plugin* out,
                                      gantry_error* err) {
  (void)index, (void)host, (void)err;
  out->table = ZOO_TABLE;
  out->destroy = stub_destroy;
  return GANTRY_OK;
}

#define ZOO_ENTRY(size, major, count, describe, create)                                            \
  GANTRY_EXPORT extern const gantry_plugin_entry_v1 gantry_plugin_entry;                           \
  const gantry_plugin_entry_v1 gantry_plugin_entry = {size,     major, GANTRY_ABI_MINOR, 0, count, \
                                                      describe, create}

#ifdef __cplusplus
}
#endif
#endif
