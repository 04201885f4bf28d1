/* A log driver whose create does not come back before its gate is closed: the FIFO that the
 * environment names. */
#define ZOO_ID "log-waiting-create"
#define ZOO_KIND GANTRY_KIND_LOGGING
#define ZOO_TABLE &log_table
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "log_stub.h"

static const gantry_logging log_table = {
    sizeof(gantry_logging), 0, log_check, log_open, log_write, log_close};

static gantry_status wait_at_the_gate(uint32_t index, const gantry_host* host, gantry_plugin* out,
                                      gantry_error* err) {
  const char* path = getenv("ZOO_GATE");
  const int gate = path == NULL ? -1 : open(path, O_RDONLY);
  char byte;
  if (gate < 0) return GANTRY_INTERNAL;
  while (read(gate, &byte, 1) > 0) {
  }
  close(gate);
  return stub_make(index, host, out, err);
}

ZOO_ENTRY(sizeof(gantry_plugin_entry_v1), GANTRY_ABI_MAJOR, stub_count, stub_describe,
          wait_at_the_gate);
