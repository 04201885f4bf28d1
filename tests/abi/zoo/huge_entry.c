/* The symbol is there but is something else: here, a function. */
#include <gantry/abi.h>

GANTRY_EXPORT int gantry_plugin_entry(void);
int gantry_plugin_entry(void) { return 0; }
