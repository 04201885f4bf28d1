/* Kind "gantry.logging/1": a log driver takes the output of containers somewhere else.
 *
 * The supervisor writes each container's log (gantry/logfile.h) whatever driver is set, and the
 * host reads it, cuts it into lines and hands them over. A driver keeps no copy: what write() has
 * not taken comes again, after a failure, a restart of the daemon or of the machine. So a line may
 * come twice, and is lost only when the log's own limits removed it meanwhile. A container never
 * waits for a driver.
 *
 * A driver's name is its plugin id without a leading "log-" ("log-syslog" is the driver "syslog").
 * It is created when a container first asks for it. */
/* clang-format off: tables and comments are laid out by hand. */
#ifndef GANTRY_LOGGING_H
#define GANTRY_LOGGING_H

#include <gantry/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One line, or a piece of one that is longer than 16 KiB. The pieces of a line have its time; when
 * the daemon restarts in between, the rest of the line comes as one of its own. */
typedef struct gantry_log_line {
  uint32_t size;
  uint8_t stream; /* 1 stdout, 2 stderr */
  uint8_t last;   /* nonzero: the line ends here */
  uint8_t reserved[2];
  uint32_t piece; /* 1, 2, … within a long line; 0: a whole line */
  uint32_t reserved2;
  int64_t time_ns;   /* when the container wrote it */
  gantry_bytes text; /* without the newline; any byte values, may be empty */
} gantry_log_line;

typedef struct gantry_logging {
  uint32_t size;
  uint32_t reserved;
  /* [any] Whether a container may have these options (JSON object of strings, without those that
   * the host sees to itself: mode, max-buffer-size, cache-…, labels, labels-regex, env, env-regex,
   * tag). GANTRY_INVALID with a message for users. Connects nowhere. */
  gantry_status (*check)(void* self, gantry_bytes options, gantry_error* err);
  /* [per-object: id] Output of this container follows, until close(). Connects nowhere: write()
   * does. `container`: {"id","name","image","image_id","command","daemon","created_at":ns, "tag":
   * the option `tag` filled in, "tag_given": false when it is the default (12 digits of the id),
   *   "attributes":{…}: labels and variables that the options chose,"options":{…} as check() had
   * them} */
  gantry_status (*open)(void* self, const char* id, gantry_bytes container, gantry_error* err);
  /* [per-object: id] Lines in the order of the log. OK: all are taken. Otherwise *taken says how
   * many of the first ones were; the others come again: later after GANTRY_UNAVAILABLE, _TIMEOUT or
   * _CANCELLED, without end; after any other error the first of them is left out.
   * GANTRY_NOT_FOUND: the stream is gone, open() follows. May block: look at `op` (convention 7).
   */
  gantry_status (*write)(void* self, const char* id, const gantry_log_line* const* lines,
                         uint32_t count, const gantry_op* op, uint32_t* taken, gantry_error* err);
  /* [per-object: id] No more lines; what was taken is sent or given up within a second.
   * GANTRY_NOT_FOUND: no stream of this id is open. */
  gantry_status (*close)(void* self, const char* id, gantry_error* err);
} gantry_logging;

#ifdef __cplusplus
}
#endif
#endif
