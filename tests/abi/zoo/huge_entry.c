/* The symbol is there but is something else: here, a function. Aligned, so that it could be an
 * entry. */
#include <gantry/abi.h>

GANTRY_EXPORT int gantry_plugin_entry(void) __attribute__((aligned(16)));
int gantry_plugin_entry(void) { return 0; }
