/* The container log: a file of records that a supervisor appends and the daemon reads.
 *
 * record  := header payload trailer
 * header  := gantry_log_header (24 bytes, little endian)
 * payload := `length` bytes of output of one stream, any byte values; all of it was read at
 * `time_ns`. It holds any number of lines; lines end in '\n'. trailer := uint32_t, the size of the
 * whole record in bytes: a reader can walk backwards.
 *
 * A payload that does not end in '\n' is a partial line: it goes on in the next record of its
 * stream. A record is appended by one writev; after a crash or a full disk a reader ignores an
 * incomplete last record, and a writer truncates it away before it appends again. Rotation: `log`
 * is renamed to `log.1` (`log.1` to `log.2`, …) and a new `log` is made; records are never split
 * over files.
 */
/* clang-format off: tables and comments are laid out by hand. */
#ifndef GANTRY_LOGFILE_H
#define GANTRY_LOGFILE_H

#include <stdint.h>

#define GANTRY_LOG_MAGIC 0x31474c47u /* "GLG1" */
#define GANTRY_LOG_MAX_PAYLOAD (1u << 20)

typedef struct gantry_log_header {
  uint32_t magic;  /* GANTRY_LOG_MAGIC */
  uint32_t length; /* payload bytes, 1..GANTRY_LOG_MAX_PAYLOAD */
  int64_t time_ns; /* when it was read from the container */
  uint8_t stream;  /* 1 stdout, 2 stderr */
  uint8_t reserved[7];
} gantry_log_header;

#endif
