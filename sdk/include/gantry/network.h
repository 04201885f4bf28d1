/* Kind "gantry.network/1": the name service. How containers find each other by name (hosts file or
 * DNS). Addresses and the data plane are not its business. JSON shapes:
 *   network {"id","name","driver","subnet","gateway","subnet6","gateway6" ("": none),
 *            "internal":bool,"default":bool}
 *   member  {"container_id","name","hostname","domainname","address":"172.18.0.2/16",
 *            "ipv6":"fd00::2/64" ("": none), "aliases":[..],"names":[every name that must resolve],
 *            "links":[{"name":"<container name or alias on that network>",
 *                      "alias":"<name that only this member sees>"}]}
 */
/* clang-format off: tables and comments are laid out by hand. */
#ifndef GANTRY_NETWORK_H
#define GANTRY_NETWORK_H

#include <gantry/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gantry_network {
  uint32_t size;
  uint32_t reserved;
  gantry_status (*network_added)(void* self, gantry_bytes network,
                                 gantry_error* err); /* [per-object] idempotent */
  gantry_status (*network_removed)(void* self, const char* network_id,
                                   gantry_error* err); /* [per-object] unknown: success */
  /* [per-object: network] A member that is there already is replaced. Comes before container_files
   * of the same start. After a restart of the daemon the host announces all networks and members
   * again, then asks for the files of the containers that run. */
  gantry_status (*endpoint_added)(void* self, const char* network_id, gantry_bytes member,
                                  gantry_error* err);
  /* [per-object: network] Unknown: success. */
  gantry_status (*endpoint_removed)(void* self, const char* network_id, const char* container_id,
                                    gantry_error* err);
  /* [per-object: container] Content of the container's managed files: at its start, and again while
   * it runs when its networks changed or the daemon was restarted; then "current_hosts" and
   * "current_resolv_conf" are what it has now, and users' own lines in them stay.
   * in:  {"id","hostname","domainname","mode":"bridge"|"host"|"none"|"container",
   *       "extra_hosts":["name:ip"],"dns":[..],"dns_search":[..],"dns_options":[..],
   *       "endpoints":[{"network_id","address","ipv6"}],
   *       "host_hosts":"…","host_resolv_conf":"…","current_hosts":"…","current_resolv_conf":"…",
   *       "inside_sockets":bool (the host can give sockets inside, gantry/ext/sockets.h),
   *       "without_ipv6":bool (the container has switched IPv6 off; optional)}
   * out: {"hosts":"…","resolv_conf":"…","inside_sockets":{"address":"127.0.0.11","port":53}
   *       (optional: the container's resolver wants these; the host gives them before it starts)}
   */
  gantry_status (*container_files)(void* self, gantry_bytes container, const gantry_sink* out,
                                   gantry_error* err);
} gantry_network;

/* Host extension for network plugins: replaces a managed file ("/etc/hosts", "/etc/resolv.conf") of
 * a container that runs. */
#define GANTRY_HOST_GUEST_FILES "gantry.host.guest_files/1"
typedef struct gantry_host_guest_files {
  uint32_t size;
  uint32_t reserved;
  gantry_status (*replace)(void* ctx, const char* container_id, const char* path,
                           gantry_bytes content,
                           gantry_error* err); /* [any]; ctx is gantry_host.ctx */
} gantry_host_guest_files;

/* Host extension: what a container has in a managed file now. */
#define GANTRY_HOST_GUEST_FILES_READ "gantry.host.guest_files_read/1"
typedef struct gantry_host_guest_files_read {
  uint32_t size;
  uint32_t reserved;
  gantry_status (*read)(void* ctx, const char* container_id, const char* path,
                        const gantry_sink* out,
                        gantry_error* err); /* [any]; ctx is gantry_host.ctx */
} gantry_host_guest_files_read;

#ifdef __cplusplus
}
#endif
#endif
