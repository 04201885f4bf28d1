/* Kind "gantry.runtime/1": executes containers.
 *
 * Nothing here assumes that the host can see a container's root filesystem, shares its kernel or
 * can enter its namespaces: a runtime may run each container in a VM of its own.
 *
 * A container passes through: create (supervisor up, nothing of the user's runs) → attach (any
 * number) → start → [exit event] → remove. A supervisor process of the runtime owns stdio, the log
 * file and the exit status; it survives the daemon. After a daemon restart `list` tells what is
 * there and `attach`, `signal`, … go on; exits that happened meanwhile are found in `list`/`state`.
 * Container ids are 64 lower-case hex digits; exec ids as well.
 */
/* clang-format off: tables and comments are laid out by hand. */
#ifndef GANTRY_RUNTIME_H
#define GANTRY_RUNTIME_H

#include <gantry/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Which of stdin/stdout/stderr. */
#define GANTRY_STDIN 1u
#define GANTRY_STDOUT 2u
#define GANTRY_STDERR 4u

/* One client connection handed to the supervisor (attach or foreground exec). The runtime dups fd.
 * Output is written in Docker's frames {stream,0,0,0,len BE32} when `framed`, else raw. Bytes in
 * `read_ahead` came before what the fd yields. The head of an HTTP answer was sent on fd just
 * before: some clients throw away output that they read together with it, so hold output back for
 * the moment until they have read it (on Linux SIOCOUTQ tells of a unix socket). EOF from the
 * client is a half-close: output goes on. The supervisor closes the connection at the end of
 * output, on detach, or when the client is gone.
 */
typedef struct gantry_stream {
  uint32_t size;
  int32_t fd;       /* connected stream socket, blocking or not */
  uint32_t streams; /* GANTRY_STDIN | GANTRY_STDOUT | GANTRY_STDERR */
  uint32_t framed;  /* 0 or 1 */
  gantry_bytes read_ahead;
  const char*
      detach_keys;     /* key bytes themselves, e.g. "\x10\x11"; "" disables; only used on a tty */
  uint64_t log_offset; /* attach: first replay log records from this offset on; UINT64_MAX: none */
} gantry_stream;

/* How the supervisor treats one container; the rest is in the OCI spec. */
typedef struct gantry_container_options {
  uint32_t size;
  uint32_t tty;           /* 0 or 1 */
  uint32_t open_stdin;    /* keep stdin open for attach */
  uint32_t stdin_once;    /* close stdin after the first attached client ends its input */
  const char* log_path;   /* file to append gantry log records to (gantry/logfile.h); "" = no log */
  uint64_t log_max_bytes; /* rotate beyond this; 0: never */
  uint32_t log_max_files; /* files kept including the current one; at least 1 */
  uint32_t tty_rows, tty_columns; /* initial size; 0: default */
} gantry_container_options;

typedef struct gantry_runtime {
  uint32_t size;
  uint32_t reserved;

  /* [any] JSON object: {"name","version","path","cgroup_driver","cgroup_version","kernel",
   * "operating_system","architecture","cpus","memory_bytes","security_options":[..],
   * "warnings":[..],"features":{"memory_limit":bool,"swap_limit":bool,"cpu_shares":bool,
   * "cpu_cfs_period":bool,"cpu_cfs_quota":bool,"cpuset":bool,"pids_limit":bool,"oom_kill_disable":bool,
   * "ipv4_forwarding":bool,
   * "recursive_read_only":bool (knows the mount option "rro"),
   * "mount_subpath":bool (knows "gantry.subpath", see create),
   * "image_mounts":bool (knows mounts of the type "image", see create),
   * "open_ports":bool (knows open ports, see publish of the network extension),
   * "root_size":bool (knows the option "size", see create of the rootfs extension)},
   * "init":"<path on the host of a static program to be mounted as a container's init; optional>",
   * "apparmor_profile":"<name of the profile that containers get by default; optional>",
   * "firewall":"<what the network extension filters packets with: "nftables"; optional>",
   * "memory_nodes":"<those of the host that have memory, as in "0-1,3"; optional>"}
   */
  gantry_status (*info)(void* self, const gantry_sink* out, gantry_error* err);

  /* [per-object] Starts the supervisor of a container. `spec`: OCI runtime config.json. When the
   * runtime has the rootfs extension, the container's rootfs was made there before and
   * spec.root.path is ignored. A bind of spec.mounts may have a member "gantry.subpath": that path
   * below its source is mounted, without ever leaving the source through a link; not to be found
   * is GANTRY_NOT_FOUND, leading out is GANTRY_INVALID. The source of a mount of the type "image"
   * is the id of another root of the rootfs extension, on which nothing runs: its image's files are
   * mounted for reading, as a bind would be ("gantry.subpath", too). When it has the network
   * extension, the sandbox was made there before. Two annotations are for the runtime, which takes
   * them out: "gantry.seccomp" is "default" or a profile in Docker's format, "gantry.apparmor" is
   * "default" or the name of a profile, of which there are some only where info has an
   * "apparmor_profile"; without them the container runs without such a filter or profile. */
  gantry_status (*create)(void* self, const char* id, gantry_bytes spec,
                          const gantry_container_options* options, const gantry_op* op,
                          gantry_error* err);

  /* [per-object] Hands over a client. Works before start (bytes wait) and while running. */
  gantry_status (*attach)(void* self, const char* id, const gantry_stream* stream,
                          gantry_error* err);

  /* [per-object] Runs the process. Result: {"pid":N,"started_at":ns}. On failure the container is
   * as after create; message holds the OCI runtime's own text. */
  gantry_status (*start)(void* self, const char* id, const gantry_op* op, const gantry_sink* out,
                         gantry_error* err);

  /* [any] Sends a signal number (1..64) to the container's first process, or to all with `all`. */
  gantry_status (*signal)(void* self, const char* id, int32_t signal, uint32_t all,
                          gantry_error* err);

  /* [any] Size of the terminal, in characters. */
  gantry_status (*resize)(void* self, const char* id, uint32_t rows, uint32_t columns,
                          gantry_error* err);

  /* [per-object] Ends supervisor and process if they still run and frees all but rootfs and log.
   * Unknown id: success. */
  gantry_status (*remove)(void* self, const char* id, const gantry_op* op, gantry_error* err);

  /* [any]
   * {"id","status":"created"|"running"|"paused"|"exited","pid":N,"exit_code":N,"oom_killed":bool,
   * "started_at":ns,"finished_at":ns}; GANTRY_NOT_FOUND when unknown. */
  gantry_status (*state)(void* self, const char* id, const gantry_sink* out, gantry_error* err);

  /* [any] JSON array of such objects: every container this runtime still knows, after a daemon
   * restart too. */
  gantry_status (*list)(void* self, const gantry_sink* out, gantry_error* err);
} gantry_runtime;

#ifdef __cplusplus
}
#endif
#endif
