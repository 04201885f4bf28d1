/* The symbol is something else, at an address where no entry can be. */
#include <gantry/abi.h>

struct __attribute__((packed)) crooked {
  char first;
  char entry[sizeof(gantry_plugin_entry_v1)];
};
static struct crooked crooked __attribute__((aligned(16), used)) = {0, {64}};
__asm__(".globl gantry_plugin_entry\n.set gantry_plugin_entry, crooked + 1\n");
