/* Runtime extension "gantry.runtime.network/1": the data plane. It belongs to the runtime because
 * the runtime owns the container's NIC. Addresses, names and membership are the host's business
 * (IPAM). */
/* clang-format off: tables and comments are laid out by hand. */
#ifndef GANTRY_EXT_NETWORK_H
#define GANTRY_EXT_NETWORK_H

#include <gantry/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define GANTRY_EXT_NETWORK "gantry.runtime.network/1"

typedef struct gantry_ext_network {
  uint32_t size;
  uint32_t reserved;
  /* [per-object: network id] Makes the network exist (idempotent; also after a reboot).
   * {"id","driver":"bridge","bridge":"gantry0","subnet":"172.17.0.0/16","gateway":"172.17.0.1",
   *  "mtu":1500,"internal":bool,"masquerade":bool,"icc":bool,
   *  "subnet6":"fd00::/64","gateway6":"fd00::1",   ("" where the network lacks a family)
   *  "mode","mode6":"nat"|"nat-unprotected"|"routed"|"isolated",   nat-unprotected: other hosts may
   *      speak to containers directly; routed: to their open ports (see publish), and nothing is
   *      translated; isolated: the host has no address on the network
   *  "trusted":["eth1"],   interfaces from which open ports may be spoken to in any mode
   *  "inhibit_ipv4":bool,   the gateway is not the host
   *  "source","source6":"192.0.2.1"|""}.   what containers' packets to elsewhere come from
   * Keys that are missing mean "", "nat", false (masquerade and icc: true).
   * Or containers beside the host on one of its interfaces, for runtimes that can:
   * {"id","driver":"macvlan"|"ipvlan","parent":"eth0","mode":"bridge"|"private"|"vepa"|"passthru"
   *  (ipvlan: "l2"|"l3"|"l3s"),"flag":"bridge"|"private"|"vepa" (of ipvlan),
   *  "mtu":N (0: the parent's),
   *  "dummy":bool}.   the parent is the network's own, with nothing behind it
   * A parent "eth0.10" that is not there is made, as a VLAN. GANTRY_NOT_FOUND: no such parent. */
  gantry_status (*network_up)(void* self, gantry_bytes network, gantry_error* err);
  /* [per-object: network id] Unknown: success. The subnets are free when it returns; the interface
   * may go in the background, for which a second call, and network_up of that name, wait. What was
   * not made by this runtime stays. */
  gantry_status (*network_down)(void* self, gantry_bytes network, gantry_error* err);
  /* [any] JSON array of the prefixes of both families that this host already routes
   * ("10.0.0.0/8"), to choose free subnets. */
  gantry_status (*used_subnets)(void* self, const gantry_sink* out, gantry_error* err);

  /* [per-object: container id] Makes the container's network stack before runtime create:
   * {"mode":"private"|"host"|"container","container":"<id>" (mode container),
   *  "endpoints":[{"network":<the network object>,"endpoint_id","interface":"eth0",
   *   "address":"172.17.0.2/16","mac":"02:42:ac:11:00:02","gateway":"172.17.0.1"|"",
   *   "address6":"fd00::2/64"|"","gateway6":"fd00::1"|"",   gateways: of the default route;
   *       "0.0.0.0" and "::": it leads to the interface itself
   *   "link_local":["169.254.7.7/16","fe80::7/64"],   further addresses of the interface
   *   "sysctls":["net.ipv4.conf.IFNAME.log_martians=1"]}]}.   IFNAME: the interface
   * GANTRY_NOT_FOUND: a network's bridge is not there; network_up makes it again.
   * The stack goes when the container's supervisor ends, or when the daemon ends before runtime
   * create. */
  gantry_status (*sandbox_up)(void* self, const char* id, gantry_bytes sandbox, gantry_error* err);
  /* [per-object: container id] Unknown: success. */
  gantry_status (*sandbox_down)(void* self, const char* id, gantry_error* err);
  /* [per-object: container id] Adds or removes one endpoint of a running container. An endpoint
   * that is there already gets the default routes of the document, and loses those it has not.
   * A container that has ended meanwhile: GANTRY_CONFLICT with os_errno ESRCH. */
  gantry_status (*endpoint_up)(void* self, const char* id, gantry_bytes endpoint,
                               gantry_error* err);
  gantry_status (*endpoint_down)(void* self, const char* id, gantry_bytes endpoint,
                                 gantry_error* err);

  /* [per-object: container id] After create, before start. Publishes ports:
   * [{"protocol":"tcp"|"udp","host_ip":"0.0.0.0"|"::"|…,"host_port":N (0: any free),
   *   "host_port_end":N (last of a range to choose from; 0: none),
   *   "container_ip":"172.17.0.2","container_port":80}].
   * "container_ip" is of host_ip's family, or IPv4 where the container has no IPv6 address.
   * {"protocol","open":true,"container_ip","container_port"} opens a port (no host port): it may
   * be spoken to at that address where the network's mode is routed, and from trusted interfaces.
   * Only for runtimes whose info has the feature "open_ports".
   * Result: the same array with the chosen "host_port" in each. All or nothing. A host port that
   * another process holds: GANTRY_CONFLICT with os_errno EADDRINUSE. Publishing lives as long as
   * the supervisor, also without the daemon.
   * publish and unpublish may both be NULL: then the host forwards ports itself, for as long as the
   * daemon runs, to "container_ip", which must be an address that the host can reach. */
  gantry_status (*publish)(void* self, const char* id, gantry_bytes ports, const gantry_sink* out,
                           gantry_error* err);
  /* [per-object: container id] Ends all publishing of a container. Unknown: success. */
  gantry_status (*unpublish)(void* self, const char* id, gantry_error* err);
} gantry_ext_network;

#ifdef __cplusplus
}
#endif
#endif
