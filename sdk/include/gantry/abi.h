/* Gantry plugin ABI, version 1. C99; nothing but fixed-width integers, doubles and pointers crosses
 * it.
 *
 * Conventions
 *  1. Entry. A plugin library exports one data symbol, `gantry_plugin_entry`. The host checks its
 *     `size` and `abi_major` before it runs any code of the plugin. Libraries are never unloaded.
 *  2. Growth. The first member of every struct is `uint32_t size`, set by whoever fills the struct
 *     to its own sizeof. Structs only grow at the end; read a later member through GANTRY_HAS. A
 *     new meaning gets a new id ("gantry.runtime/2"); an optional ability is an extension of its
 *     own, found by string id.
 *  3. Narrow waist. Ids, file descriptors, numbers and lifecycle are C; wide documents are UTF-8
 *     JSON in gantry_bytes (the OCI runtime spec for runtimes, driver options for volumes).
 *  4. Ownership. Nothing owned crosses. Pointers passed in are borrowed until the call returns;
 *     results go into the caller's gantry_sink; file descriptors are borrowed: dup them to keep
 *     them.
 *  5. Errors. A fallible call returns gantry_status (0 or a gantry_errc) and fills the caller's
 *     gantry_error. No exception, longjmp or signal crosses.
 *  6. Threads. Every function carries a tag:
 *       [init]        the host's main thread, with no other call of this object under way: before
 *                     all others, or destroy(), after all others. create() of a log driver comes
 *                     on any thread, when a container first asks for it
 *       [any]         any thread, concurrently with everything else
 *       [per-object]  any thread; the host never has two such calls under way for the same object
 *                     id
 *       [callback]    from a plugin thread into the host; returns at once, only enqueues
 *  7. Time. Instants are nanoseconds since the Unix epoch (int64_t, UTC), durations nanoseconds.
 *     Long calls take a gantry_op: look at cancelled() at least every 100 ms of work and give up
 *     with GANTRY_CANCELLED, leaving nothing behind.
 *  8. Strings in structs are NUL-terminated UTF-8 and never NULL unless the member says so.
 */
/* clang-format off: tables and comments are laid out by hand. */
#ifndef GANTRY_ABI_H
#define GANTRY_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define GANTRY_ABI_MAJOR 1u
#define GANTRY_ABI_MINOR 1u

#if defined(_WIN32)
#define GANTRY_EXPORT __declspec(dllexport)
#else
#define GANTRY_EXPORT __attribute__((visibility("default")))
#endif

/* True when the struct behind p, as its writer filled it, contains `field`. */
#define GANTRY_HAS(p, type, field) \
  ((p)->size >= offsetof(type, field) + sizeof(((const type*)0)->field))

typedef int32_t gantry_status;

typedef enum gantry_errc {
  GANTRY_OK = 0,
  GANTRY_INVALID = 1, /* the caller's input is wrong */
  GANTRY_NOT_FOUND = 2,
  GANTRY_CONFLICT = 3, /* the object's state forbids it */
  GANTRY_PERMISSION = 4,
  GANTRY_UNAUTHORIZED = 5,
  GANTRY_UNAVAILABLE = 6, /* a peer or needed facility is not there */
  GANTRY_UNSUPPORTED = 7,
  GANTRY_CANCELLED = 8,
  GANTRY_TIMEOUT = 9,
  GANTRY_EXHAUSTED = 10, /* disk, memory, addresses, processes */
  GANTRY_INTERNAL = 11
} gantry_errc;

typedef struct gantry_error {
  uint32_t size;     /* in: sizeof(gantry_error) of the caller */
  int32_t code;      /* gantry_errc, same as the returned status */
  int32_t os_errno;  /* errno of the failing call, or 0 */
  char message[500]; /* NUL-terminated, shown to users */
} gantry_error;

typedef struct gantry_bytes {
  const char* data; /* not NUL-terminated; may be NULL when size is 0 */
  uint64_t size;    /* bytes */
} gantry_bytes;

/* Where a call writes its result. write() may be called several times; the pieces are concatenated.
 */
typedef struct gantry_sink {
  uint32_t size;
  uint32_t reserved;
  void* ctx;
  void (*write)(void* ctx, const char* data, uint64_t size);
} gantry_sink;

/* A long-running call seen from its callee. */
typedef struct gantry_op {
  uint32_t size;
  uint32_t reserved;
  void* ctx;
  int32_t (*cancelled)(void* ctx);                               /* nonzero: give up */
  void (*progress)(void* ctx, uint64_t current, uint64_t total); /* total 0: unknown; may be NULL */
  int64_t deadline_ns; /* CLOCK_MONOTONIC nanoseconds, 0: none */
} gantry_op;

typedef enum gantry_log_level {
  GANTRY_LOG_DEBUG = 0,
  GANTRY_LOG_INFO = 1,
  GANTRY_LOG_WARN = 2,
  GANTRY_LOG_ERROR = 3
} gantry_log_level;

/* An asynchronous fact. `kind`: "exit", "exec_exit", "oom", "lost"; since 1.1 also
 *   "detach"        a client has typed its detach keys (of an exec when exec_id is not "")
 *   "streams_open"  just before "exit": clients are attached, and get the last of the output
 *   "streams_end"   after both: they have got it and are closed. The host tells of the exit only
 *                   then (or 2 s later), so that who hears of it has seen the output.
 */
typedef struct gantry_event {
  uint32_t size;
  int32_t exit_code; /* exit, exec_exit: 0..255, 128+n after signal n; lost: -1 */
  const char* kind;
  const char* container_id;
  const char* exec_id; /* exec_exit and detach only, else "" */
  int64_t time_ns;     /* when it happened */
  int32_t oom_killed;  /* exit: nonzero when the kernel's OOM killer ended it */
  int32_t reserved;
  /* Since 1.1. exit, lost, oom: the container's first process, as start() gave it: the host tells
   * runs of a container apart by it. 0: the run under way. */
  int32_t pid;
  int32_t reserved2;
} gantry_event;

/* Services of the host. Valid for the life of the process. */
typedef struct gantry_host {
  uint32_t size;
  uint32_t abi_minor;
  void* ctx;
  const char*
      state_dir;       /* the plugin's own directory for what must survive a reboot; exists, 0700 */
  const char* run_dir; /* the plugin's own directory for what need not; exists, 0700; short path */
  gantry_bytes config; /* the table [plugins."id"] of gantry.toml as a JSON object */
  void (*log)(void* ctx, int32_t level, const char* message); /* [any] */
  void (*event)(void* ctx, const gantry_event* event);        /* [callback] */
  /* Extension of the host by id, or NULL. */
  const void* (*extension)(void* ctx, const char* id); /* [any] */
} gantry_host;

typedef struct gantry_plugin_info {
  uint32_t size;
  uint32_t reserved;
  const char* id;          /* "runtime-oci": [a-z0-9-]+, unique, names the TOML table */
  const char* kind;        /* GANTRY_KIND_... */
  const char* version;     /* semver */
  const char* description; /* one line */
} gantry_plugin_info;

#define GANTRY_KIND_RUNTIME "gantry.runtime/1"
#define GANTRY_KIND_NETWORK "gantry.network/1"
#define GANTRY_KIND_VOLUME "gantry.volume/1"
#define GANTRY_KIND_LOGGING "gantry.logging/1"

/* One created plugin. */
typedef struct gantry_plugin {
  uint32_t size;
  uint32_t reserved;
  void* self;
  /* The table of the plugin's kind (gantry_runtime, gantry_network, gantry_volume or
   * gantry_logging). */
  const void* table;
  /* Optional ability by id, or NULL. [any] */
  const void* (*extension)(void* self, const char* id);
  /* [init] Called once when the daemon ends; frees self. Containers keep running. The plugin's own
   * threads may call the host until it returns; later calls do nothing. Does not come when the
   * daemon is killed, or has to end while a call hangs. */
  void (*destroy)(void* self);
} gantry_plugin;

typedef struct gantry_plugin_entry_v1 {
  uint32_t size;
  uint32_t abi_major;
  uint32_t abi_minor;
  uint32_t reserved;
  uint32_t (*count)(void); /* [init] how many plugins the library carries */
  const gantry_plugin_info* (*describe)(
      uint32_t index); /* [init] static storage; NULL beyond count */
  /* [init] Fills *out (its size is set by the caller) with a plugin that lives until destroy(). */
  gantry_status (*create)(uint32_t index, const gantry_host* host, gantry_plugin* out,
                          gantry_error* err);
} gantry_plugin_entry_v1;

#define GANTRY_ENTRY_SYMBOL "gantry_plugin_entry"

#ifdef __cplusplus
}
#endif
#endif
