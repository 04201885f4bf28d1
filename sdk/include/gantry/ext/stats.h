/* Runtime extension "gantry.runtime.stats/1": what a running container uses. Nothing is measured
 * until somebody asks. */
/* clang-format off: tables and comments are laid out by hand. */
#ifndef GANTRY_EXT_STATS_H
#define GANTRY_EXT_STATS_H

#include <gantry/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define GANTRY_EXT_STATS "gantry.runtime.stats/1"

typedef struct gantry_ext_stats {
  uint32_t size;
  uint32_t reserved;
  /* [any] One sample; members that this host does not measure are absent. Times are nanoseconds.
   * {"cpu":{"total","kernel","user" (used so far),"per_cpu":[..],"periods","throttled_periods",
   *         "throttled","system" (of the whole host),"online"},
   *  "memory":{"usage","max_usage","limit" (bytes),"failures","stats":{"<counter>":N}},
   *  "pids":{"current","limit" (0: none)},
   *  "blkio":{"service_bytes":[{"major","minor","op":"Read","value"}],"serviced":[..],
   *           "time":[..],"sectors":[..]},
   *  "networks":{"eth0":{"rx_bytes","rx_packets","rx_errors","rx_dropped","tx_bytes","tx_packets",
   *                      "tx_errors","tx_dropped"}}}
   * "usage" counts the page cache; the counters are those of the host's cgroup version. "networks"
   * is absent for a container that shares the host's network. Not running: GANTRY_CONFLICT. */
  gantry_status (*sample)(void* self, const char* id, const gantry_sink* out, gantry_error* err);
} gantry_ext_stats;

#ifdef __cplusplus
}
#endif
#endif
