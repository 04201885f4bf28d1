/* The layout of what came after ABI 1.0, on 64-bit systems, frozen likewise (layout.c). */
#include <gantry/ext/archive.h>
#include <gantry/ext/rootfs.h>
#include <gantry/ext/sockets.h>
#include <gantry/ext/stats.h>
#include <gantry/ext/update.h>
#include <gantry/ext/volume_drivers.h>
#include <gantry/logging.h>
#include <gantry/network.h>
#include <stdio.h>
#include <string.h>

static int failed = 0;

static void same(const char* what, unsigned long long is, unsigned long long frozen) {
  if (is == frozen) return;
  printf("%s is %llu, frozen is %llu\n", what, is, frozen);
  failed = 1;
}

#define SIZE(type, bytes) same("sizeof " #type, sizeof(type), bytes)
#define FIELD(type, member, bytes) \
  same("offset of " #type "." #member, offsetof(type, member), bytes)
#define TEXT(name, frozen) same(#name, (unsigned long long)(strcmp(name, frozen) == 0), 1)

int main(void) {
  SIZE(gantry_event, 56);
  FIELD(gantry_event, pid, 48);
  FIELD(gantry_event, reserved2, 52);

  SIZE(gantry_log_line, 40);
  FIELD(gantry_log_line, size, 0);
  FIELD(gantry_log_line, stream, 4);
  FIELD(gantry_log_line, last, 5);
  FIELD(gantry_log_line, reserved, 6);
  FIELD(gantry_log_line, piece, 8);
  FIELD(gantry_log_line, reserved2, 12);
  FIELD(gantry_log_line, time_ns, 16);
  FIELD(gantry_log_line, text, 24);

  SIZE(gantry_logging, 40);
  FIELD(gantry_logging, size, 0);
  FIELD(gantry_logging, reserved, 4);
  FIELD(gantry_logging, check, 8);
  FIELD(gantry_logging, open, 16);
  FIELD(gantry_logging, write, 24);
  FIELD(gantry_logging, close, 32);
  TEXT(GANTRY_KIND_LOGGING, "gantry.logging/1");

  SIZE(gantry_inside_sockets, 16);
  FIELD(gantry_inside_sockets, size, 0);
  FIELD(gantry_inside_sockets, udp, 4);
  FIELD(gantry_inside_sockets, tcp, 8);
  FIELD(gantry_inside_sockets, life, 12);

  SIZE(gantry_inside_sink, 24);
  FIELD(gantry_inside_sink, size, 0);
  FIELD(gantry_inside_sink, ctx, 8);
  FIELD(gantry_inside_sink, take, 16);

  SIZE(gantry_ext_sockets, 16);
  FIELD(gantry_ext_sockets, size, 0);
  FIELD(gantry_ext_sockets, open, 8);

  SIZE(gantry_ext_resolver, 16);
  FIELD(gantry_ext_resolver, size, 0);
  FIELD(gantry_ext_resolver, serve, 8);

  SIZE(gantry_host_guest_files_read, 16);
  FIELD(gantry_host_guest_files_read, size, 0);
  FIELD(gantry_host_guest_files_read, read, 8);

  SIZE(gantry_volume_driver, 24);
  FIELD(gantry_volume_driver, size, 0);
  FIELD(gantry_volume_driver, reserved, 4);
  FIELD(gantry_volume_driver, self, 8);
  FIELD(gantry_volume_driver, table, 16);

  SIZE(gantry_ext_volume_drivers, 24);
  FIELD(gantry_ext_volume_drivers, size, 0);
  FIELD(gantry_ext_volume_drivers, reserved, 4);
  FIELD(gantry_ext_volume_drivers, resolve, 8);
  FIELD(gantry_ext_volume_drivers, names, 16);

  SIZE(gantry_ext_archive, 56);
  FIELD(gantry_ext_archive, stat, 16);
  FIELD(gantry_ext_archive, get, 24);
  FIELD(gantry_ext_archive, put, 32);
  FIELD(gantry_ext_archive, changes, 40);
  FIELD(gantry_ext_archive, diff, 48);

  SIZE(gantry_ext_rootfs, 112);
  FIELD(gantry_ext_rootfs, find, 88);
  FIELD(gantry_ext_rootfs, copy_out, 96);
  FIELD(gantry_ext_rootfs, layer_adopt, 104);

  SIZE(gantry_ext_stats, 16);
  FIELD(gantry_ext_stats, size, 0);
  FIELD(gantry_ext_stats, sample, 8);

  SIZE(gantry_ext_update, 16);
  FIELD(gantry_ext_update, size, 0);
  FIELD(gantry_ext_update, update, 8);

  TEXT(GANTRY_EXT_STATS, "gantry.runtime.stats/1");
  TEXT(GANTRY_EXT_UPDATE, "gantry.runtime.update/1");
  TEXT(GANTRY_EXT_SOCKETS, "gantry.runtime.sockets/1");
  TEXT(GANTRY_EXT_VOLUME_DRIVERS, "gantry.volume.drivers/1");
  TEXT(GANTRY_EXT_RESOLVER, "gantry.network.resolver/1");
  TEXT(GANTRY_HOST_GUEST_FILES_READ, "gantry.host.guest_files_read/1");
  return failed;
}
