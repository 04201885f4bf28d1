/* Runtime extension "gantry.runtime.exec/1": further processes in a running container. The
 * container's supervisor owns them; an interactive session survives a daemon restart. */
/* clang-format off: tables and comments are laid out by hand. */
#ifndef GANTRY_EXT_EXEC_H
#define GANTRY_EXT_EXEC_H

#include <gantry/runtime.h>

#ifdef __cplusplus
extern "C" {
#endif

#define GANTRY_EXT_EXEC "gantry.runtime.exec/1"

typedef struct gantry_ext_exec {
  uint32_t size;
  uint32_t reserved;
  /* [any while the container runs; it may end or be removed meanwhile: GANTRY_CONFLICT] `process`:
   * OCI "process" object (args, env, cwd, user, terminal, consoleSize, capabilities,
   * noNewPrivileges, rlimits …), and "endWithClient": true for a process that is not
   * to outlive its client for long: when the stream's other end is closed, it has half a minute to
   * end by itself, then the process is killed. Its children go on, as after a `signal` that ends
   * it, and what they write is read and dropped. Since 1.1 "note", the host's own text of at most
   * 4096 bytes without NUL, which `list` gives back. `stream` NULL: detached, output discarded.
   * `open_stdin`: give the process a stdin pipe. Result: {"pid":N}. Afterwards event "exec_exit";
   * with a stream the event is delivered before the client's connection is closed, and when the
   * client has all of the output (a client that does not read delays it by 2 s at most). A missing
   * executable is GANTRY_NOT_FOUND (exit code 127), a not executable one GANTRY_PERMISSION (126).
   */
  gantry_status (*start)(void* self, const char* id, const char* exec_id, gantry_bytes process,
                         const gantry_stream* stream, uint32_t open_stdin, const gantry_op* op,
                         const gantry_sink* out, gantry_error* err);
  /* [any] */
  gantry_status (*resize)(void* self, const char* id, const char* exec_id, uint32_t rows,
                          uint32_t columns, gantry_error* err);
  /* [any] */
  gantry_status (*signal)(void* self, const char* id, const char* exec_id, int32_t signal,
                          gantry_error* err);
  /* [any] JSON array of {"exec_id","pid","running":bool,"exit_code":N} the supervisor still knows,
   * since 1.1 with "note" ("": none, or a supervisor from before). */
  gantry_status (*list)(void* self, const char* id, const gantry_sink* out, gantry_error* err);
} gantry_ext_exec;

#ifdef __cplusplus
}
#endif
#endif
