/* A log driver that takes lines which nobody gave it, and then says that it failed. */
#define ZOO_ID "log-greedy"
#define ZOO_KIND GANTRY_KIND_LOGGING
#define ZOO_TABLE &log_table
#include "log_stub.h"

static gantry_status greedy_write(void* self, const char* id, const gantry_log_line* const* lines,
                                  uint32_t count, const gantry_op* op, uint32_t* taken,
                                  gantry_error* err) {
  (void)self, (void)id, (void)lines, (void)op;
  *taken = count + 1000;
  err->code = GANTRY_INTERNAL;
  strcpy(err->message, "burp");
  return GANTRY_INTERNAL;
}

static const gantry_logging log_table = {sizeof(gantry_logging), 0,        log_check, log_open,
                                         greedy_write,           log_close};

ZOO_ENTRY(sizeof(gantry_plugin_entry_v1), GANTRY_ABI_MAJOR, stub_count, stub_describe, stub_make);
