// A log driver that lets an exception out of open.
#define ZOO_ID "log-throwing-open"
#define ZOO_KIND GANTRY_KIND_LOGGING
#define ZOO_TABLE log_table_of_animal()
#include <gantry/logging.h>
static const gantry_logging* log_table_of_animal();
#include <stdexcept>

#include "volume_stub.h"

static const gantry_logging* log_table_of_animal() {
  static const gantry_logging table = {
      sizeof(gantry_logging),
      0,
      [](void*, gantry_bytes, gantry_error*) -> gantry_status { return GANTRY_OK; },
      [](void*, const char*, gantry_bytes, gantry_error*) -> gantry_status {
        throw std::runtime_error("no page is left");
      },
      [](void*, const char*, const gantry_log_line* const*, uint32_t count, const gantry_op*,
         uint32_t* taken, gantry_error*) -> gantry_status {
        *taken = count;
        return GANTRY_OK;
      },
      [](void*, const char*, gantry_error*) -> gantry_status { return GANTRY_OK; }};
  return &table;
}

ZOO_ENTRY(sizeof(gantry_plugin_entry_v1), GANTRY_ABI_MAJOR, stub_count, stub_describe, stub_make);
