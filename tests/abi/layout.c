/* The layout of ABI 1.0 on 64-bit systems, frozen. Prints every difference; the exit code says
 * whether there was one. When a struct grows its SIZE becomes AT_LEAST, and its new members go into
 * layout_later.c; no other line ever changes. */
#include <gantry/abi.h>
#include <gantry/ext/archive.h>
#include <gantry/ext/exec.h>
#include <gantry/ext/network.h>
#include <gantry/ext/pause.h>
#include <gantry/ext/rootfs.h>
#include <gantry/ext/top.h>
#include <gantry/logfile.h>
#include <gantry/network.h>
#include <gantry/runtime.h>
#include <gantry/volume.h>
#include <stdio.h>
#include <string.h>

static int failed = 0;

static void same(const char* what, unsigned long long is, unsigned long long frozen) {
  if (is == frozen) return;
  printf("%s is %llu, frozen is %llu\n", what, is, frozen);
  failed = 1;
}

static void same_text(const char* what, const char* is, const char* frozen) {
  if (strcmp(is, frozen) == 0) return;
  printf("%s is %s, frozen is %s\n", what, is, frozen);
  failed = 1;
}

#define AT_LEAST(type, bytes) /* grown since: its new members are in layout_later.c */ \
  same(#type " of the size of 1.0 or more", sizeof(type) >= (bytes), 1)
#define SIZE(type, bytes) same("sizeof " #type, sizeof(type), bytes)
#define FIELD(type, member, bytes) \
  same("offset of " #type "." #member, offsetof(type, member), bytes)
#define VALUE(name, number) same(#name, (unsigned long long)(name), number)
#define TEXT(name, frozen) same_text(#name, name, frozen)

static void structs(void) {
  SIZE(gantry_error, 512);
  FIELD(gantry_error, size, 0);
  FIELD(gantry_error, code, 4);
  FIELD(gantry_error, os_errno, 8);
  FIELD(gantry_error, message, 12);

  SIZE(gantry_bytes, 16);
  FIELD(gantry_bytes, data, 0);
  FIELD(gantry_bytes, size, 8);

  SIZE(gantry_sink, 24);
  FIELD(gantry_sink, size, 0);
  FIELD(gantry_sink, reserved, 4);
  FIELD(gantry_sink, ctx, 8);
  FIELD(gantry_sink, write, 16);

  SIZE(gantry_op, 40);
  FIELD(gantry_op, size, 0);
  FIELD(gantry_op, reserved, 4);
  FIELD(gantry_op, ctx, 8);
  FIELD(gantry_op, cancelled, 16);
  FIELD(gantry_op, progress, 24);
  FIELD(gantry_op, deadline_ns, 32);

  AT_LEAST(gantry_event, 48);
  FIELD(gantry_event, size, 0);
  FIELD(gantry_event, exit_code, 4);
  FIELD(gantry_event, kind, 8);
  FIELD(gantry_event, container_id, 16);
  FIELD(gantry_event, exec_id, 24);
  FIELD(gantry_event, time_ns, 32);
  FIELD(gantry_event, oom_killed, 40);
  FIELD(gantry_event, reserved, 44);

  SIZE(gantry_host, 72);
  FIELD(gantry_host, size, 0);
  FIELD(gantry_host, abi_minor, 4);
  FIELD(gantry_host, ctx, 8);
  FIELD(gantry_host, state_dir, 16);
  FIELD(gantry_host, run_dir, 24);
  FIELD(gantry_host, config, 32);
  FIELD(gantry_host, log, 48);
  FIELD(gantry_host, event, 56);
  FIELD(gantry_host, extension, 64);

  SIZE(gantry_plugin_info, 40);
  FIELD(gantry_plugin_info, size, 0);
  FIELD(gantry_plugin_info, reserved, 4);
  FIELD(gantry_plugin_info, id, 8);
  FIELD(gantry_plugin_info, kind, 16);
  FIELD(gantry_plugin_info, version, 24);
  FIELD(gantry_plugin_info, description, 32);

  SIZE(gantry_plugin, 40);
  FIELD(gantry_plugin, size, 0);
  FIELD(gantry_plugin, reserved, 4);
  FIELD(gantry_plugin, self, 8);
  FIELD(gantry_plugin, table, 16);
  FIELD(gantry_plugin, extension, 24);
  FIELD(gantry_plugin, destroy, 32);

  SIZE(gantry_plugin_entry_v1, 40);
  FIELD(gantry_plugin_entry_v1, size, 0);
  FIELD(gantry_plugin_entry_v1, abi_major, 4);
  FIELD(gantry_plugin_entry_v1, abi_minor, 8);
  FIELD(gantry_plugin_entry_v1, reserved, 12);
  FIELD(gantry_plugin_entry_v1, count, 16);
  FIELD(gantry_plugin_entry_v1, describe, 24);
  FIELD(gantry_plugin_entry_v1, create, 32);

  SIZE(gantry_stream, 48);
  FIELD(gantry_stream, size, 0);
  FIELD(gantry_stream, fd, 4);
  FIELD(gantry_stream, streams, 8);
  FIELD(gantry_stream, framed, 12);
  FIELD(gantry_stream, read_ahead, 16);
  FIELD(gantry_stream, detach_keys, 32);
  FIELD(gantry_stream, log_offset, 40);

  SIZE(gantry_container_options, 48);
  FIELD(gantry_container_options, size, 0);
  FIELD(gantry_container_options, tty, 4);
  FIELD(gantry_container_options, open_stdin, 8);
  FIELD(gantry_container_options, stdin_once, 12);
  FIELD(gantry_container_options, log_path, 16);
  FIELD(gantry_container_options, log_max_bytes, 24);
  FIELD(gantry_container_options, log_max_files, 32);
  FIELD(gantry_container_options, tty_rows, 36);
  FIELD(gantry_container_options, tty_columns, 40);

  SIZE(gantry_runtime, 80);
  FIELD(gantry_runtime, size, 0);
  FIELD(gantry_runtime, reserved, 4);
  FIELD(gantry_runtime, info, 8);
  FIELD(gantry_runtime, create, 16);
  FIELD(gantry_runtime, attach, 24);
  FIELD(gantry_runtime, start, 32);
  FIELD(gantry_runtime, signal, 40);
  FIELD(gantry_runtime, resize, 48);
  FIELD(gantry_runtime, remove, 56);
  FIELD(gantry_runtime, state, 64);
  FIELD(gantry_runtime, list, 72);

  SIZE(gantry_network, 48);
  FIELD(gantry_network, size, 0);
  FIELD(gantry_network, reserved, 4);
  FIELD(gantry_network, network_added, 8);
  FIELD(gantry_network, network_removed, 16);
  FIELD(gantry_network, endpoint_added, 24);
  FIELD(gantry_network, endpoint_removed, 32);
  FIELD(gantry_network, container_files, 40);

  SIZE(gantry_host_guest_files, 16);
  FIELD(gantry_host_guest_files, size, 0);
  FIELD(gantry_host_guest_files, reserved, 4);
  FIELD(gantry_host_guest_files, replace, 8);

  SIZE(gantry_volume, 72);
  FIELD(gantry_volume, size, 0);
  FIELD(gantry_volume, reserved, 4);
  FIELD(gantry_volume, capabilities, 8);
  FIELD(gantry_volume, create, 16);
  FIELD(gantry_volume, remove, 24);
  FIELD(gantry_volume, mount, 32);
  FIELD(gantry_volume, unmount, 40);
  FIELD(gantry_volume, path, 48);
  FIELD(gantry_volume, get, 56);
  FIELD(gantry_volume, list, 64);

  SIZE(gantry_log_header, 24);
  FIELD(gantry_log_header, magic, 0);
  FIELD(gantry_log_header, length, 4);
  FIELD(gantry_log_header, time_ns, 8);
  FIELD(gantry_log_header, stream, 16);
  FIELD(gantry_log_header, reserved, 17);

  AT_LEAST(gantry_ext_archive, 16);
  FIELD(gantry_ext_archive, size, 0);
  FIELD(gantry_ext_archive, reserved, 4);
  FIELD(gantry_ext_archive, export_root, 8);

  SIZE(gantry_ext_exec, 40);
  FIELD(gantry_ext_exec, size, 0);
  FIELD(gantry_ext_exec, reserved, 4);
  FIELD(gantry_ext_exec, start, 8);
  FIELD(gantry_ext_exec, resize, 16);
  FIELD(gantry_ext_exec, signal, 24);
  FIELD(gantry_ext_exec, list, 32);

  SIZE(gantry_ext_network, 80);
  FIELD(gantry_ext_network, size, 0);
  FIELD(gantry_ext_network, reserved, 4);
  FIELD(gantry_ext_network, network_up, 8);
  FIELD(gantry_ext_network, network_down, 16);
  FIELD(gantry_ext_network, used_subnets, 24);
  FIELD(gantry_ext_network, sandbox_up, 32);
  FIELD(gantry_ext_network, sandbox_down, 40);
  FIELD(gantry_ext_network, endpoint_up, 48);
  FIELD(gantry_ext_network, endpoint_down, 56);
  FIELD(gantry_ext_network, publish, 64);
  FIELD(gantry_ext_network, unpublish, 72);

  SIZE(gantry_ext_pause, 24);
  FIELD(gantry_ext_pause, size, 0);
  FIELD(gantry_ext_pause, reserved, 4);
  FIELD(gantry_ext_pause, pause, 8);
  FIELD(gantry_ext_pause, resume, 16);

  AT_LEAST(gantry_ext_rootfs, 88);
  FIELD(gantry_ext_rootfs, size, 0);
  FIELD(gantry_ext_rootfs, reserved, 4);
  FIELD(gantry_ext_rootfs, layer_unpack, 8);
  FIELD(gantry_ext_rootfs, layer_stat, 16);
  FIELD(gantry_ext_rootfs, layer_remove, 24);
  FIELD(gantry_ext_rootfs, layer_list, 32);
  FIELD(gantry_ext_rootfs, create, 40);
  FIELD(gantry_ext_rootfs, remove, 48);
  FIELD(gantry_ext_rootfs, usage, 56);
  FIELD(gantry_ext_rootfs, list, 64);
  FIELD(gantry_ext_rootfs, read_file, 72);
  FIELD(gantry_ext_rootfs, describe, 80);

  SIZE(gantry_ext_top, 16);
  FIELD(gantry_ext_top, size, 0);
  FIELD(gantry_ext_top, reserved, 4);
  FIELD(gantry_ext_top, pids, 8);
}

static void numbers(void) {
  VALUE(GANTRY_ABI_MAJOR, 1);
  VALUE(GANTRY_OK, 0);
  VALUE(GANTRY_INVALID, 1);
  VALUE(GANTRY_NOT_FOUND, 2);
  VALUE(GANTRY_CONFLICT, 3);
  VALUE(GANTRY_PERMISSION, 4);
  VALUE(GANTRY_UNAUTHORIZED, 5);
  VALUE(GANTRY_UNAVAILABLE, 6);
  VALUE(GANTRY_UNSUPPORTED, 7);
  VALUE(GANTRY_CANCELLED, 8);
  VALUE(GANTRY_TIMEOUT, 9);
  VALUE(GANTRY_EXHAUSTED, 10);
  VALUE(GANTRY_INTERNAL, 11);
  VALUE(GANTRY_LOG_DEBUG, 0);
  VALUE(GANTRY_LOG_INFO, 1);
  VALUE(GANTRY_LOG_WARN, 2);
  VALUE(GANTRY_LOG_ERROR, 3);
  VALUE(GANTRY_STDIN, 1);
  VALUE(GANTRY_STDOUT, 2);
  VALUE(GANTRY_STDERR, 4);
  VALUE(GANTRY_LOG_MAGIC, 0x31474c47);
  VALUE(GANTRY_LOG_MAX_PAYLOAD, 1048576);
  VALUE(sizeof(void*), 8);
}

static void ids(void) {
  TEXT(GANTRY_ENTRY_SYMBOL, "gantry_plugin_entry");
  TEXT(GANTRY_KIND_RUNTIME, "gantry.runtime/1");
  TEXT(GANTRY_KIND_NETWORK, "gantry.network/1");
  TEXT(GANTRY_KIND_VOLUME, "gantry.volume/1");
  TEXT(GANTRY_HOST_GUEST_FILES, "gantry.host.guest_files/1");
  TEXT(GANTRY_EXT_ARCHIVE, "gantry.runtime.archive/1");
  TEXT(GANTRY_EXT_EXEC, "gantry.runtime.exec/1");
  TEXT(GANTRY_EXT_NETWORK, "gantry.runtime.network/1");
  TEXT(GANTRY_EXT_PAUSE, "gantry.runtime.pause/1");
  TEXT(GANTRY_EXT_ROOTFS, "gantry.runtime.rootfs/1");
  TEXT(GANTRY_EXT_TOP, "gantry.runtime.top/1");
}

int main(void) {
  structs();
  numbers();
  ids();
  return failed;
}
