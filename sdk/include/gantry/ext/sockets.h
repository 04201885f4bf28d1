/* Sockets inside a container: how a name service listens at an address of the container's own
 * loopback (Docker's 127.0.0.11) although it runs outside. Two halves, which the host connects:
 * the runtime makes the sockets, because it owns the container's network stack, and the name
 * service gets them. */
/* clang-format off: tables and comments are laid out by hand. */
#ifndef GANTRY_EXT_SOCKETS_H
#define GANTRY_EXT_SOCKETS_H

#include <gantry/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Descriptors of one container. All are borrowed: dup to keep. */
typedef struct gantry_inside_sockets {
  uint32_t size;
  int32_t udp;  /* gets what the container's processes send to address and port, and answers it */
  int32_t tcp;  /* listens for their connections */
  int32_t life; /* becomes readable (or hangs up) when the container has ended, also without the
                 * daemon: whoever keeps the sockets closes them then, as they keep the container's
                 * network stack alive. -1: the keeper learns of it by the daemon only */
} gantry_inside_sockets;

typedef struct gantry_inside_sink {
  uint32_t size;
  uint32_t reserved;
  void* ctx;
  void (*take)(void* ctx, const gantry_inside_sockets* sockets); /* called once on success */
} gantry_inside_sink;

/* Runtime extension. */
#define GANTRY_EXT_SOCKETS "gantry.runtime.sockets/1"
typedef struct gantry_ext_sockets {
  uint32_t size;
  uint32_t reserved;
  /* [per-object: container id] After create. Makes UDP and TCP packets that processes of the
   * container send to `address` (an IPv4 address of 127.0.0.0/8) and `port` arrive at two new
   * sockets, without taking the port from the container's own servers. Replaces what an earlier
   * call made. A container without a network stack of its own: GANTRY_UNSUPPORTED. */
  gantry_status (*open)(void* self, const char* id, const char* address, uint32_t port,
                        const gantry_inside_sink* out, gantry_error* err);
} gantry_ext_sockets;

/* Extension of the kind network: who asked for sockets ("inside_sockets" in the result of
 * container_files) gets them by this. */
#define GANTRY_EXT_RESOLVER "gantry.network.resolver/1"
typedef struct gantry_ext_resolver {
  uint32_t size;
  uint32_t reserved;
  /* [per-object: container] Replaces what the container had. */
  gantry_status (*serve)(void* self, const char* container_id, const gantry_inside_sockets* sockets,
                         gantry_error* err);
} gantry_ext_resolver;

#ifdef __cplusplus
}
#endif
#endif
