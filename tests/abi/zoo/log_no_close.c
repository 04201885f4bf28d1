/* A log driver whose streams cannot end. */
#define ZOO_ID "log-no-close"
#define ZOO_KIND GANTRY_KIND_LOGGING
#define ZOO_TABLE &log_table
#include "log_stub.h"

static const gantry_logging log_table = {
    sizeof(gantry_logging), 0, log_check, log_open, log_write, NULL};

ZOO_ENTRY(sizeof(gantry_plugin_entry_v1), GANTRY_ABI_MAJOR, stub_count, stub_describe, stub_make);
