/* Runtime extension "gantry.runtime.rootfs/1": unpacked image layers and containers' root
 * filesystems. A layer is named by its chain id ("sha256:<64 hex>", OCI image spec "Layer
 * ChainID"). Layers are shared; the host decides when none needs them any more. */
/* clang-format off: tables and comments are laid out by hand. */
#ifndef GANTRY_EXT_ROOTFS_H
#define GANTRY_EXT_ROOTFS_H

#include <gantry/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define GANTRY_EXT_ROOTFS "gantry.runtime.rootfs/1"

typedef struct gantry_ext_rootfs {
  uint32_t size;
  uint32_t reserved;
  /* [per-object: chain_id] Unpacks one layer on top of `parent` ("" for the lowest). `fd`: the
   * layer's tar (plain, gzip, bzip2, xz or zstd: to be detected), read from its current position to
   * EOF. Already there: success at once. Refuses entries that leave the tree (GANTRY_INVALID).
   * Result:
   * {"size":unpacked bytes}. Interrupted or failed: nothing is left. */
  gantry_status (*layer_unpack)(void* self, const char* chain_id, const char* parent, int32_t fd,
                                const gantry_op* op, const gantry_sink* out, gantry_error* err);
  /* [any] {"size":bytes}, or GANTRY_NOT_FOUND. */
  gantry_status (*layer_stat)(void* self, const char* chain_id, const gantry_sink* out,
                              gantry_error* err);
  /* [per-object: chain_id] Unknown: success. GANTRY_CONFLICT while another layer or container uses
   * it. */
  gantry_status (*layer_remove)(void* self, const char* chain_id, gantry_error* err);
  /* [any] JSON array of chain ids. */
  gantry_status (*layer_list)(void* self, const gantry_sink* out, gantry_error* err);

  /* [per-object: id] Makes the writable root of a container on top of `chain_id` ("" for an empty
   * root). `options`: JSON object, with members that the runtime knows by its info's features.
   * "size" (since 1.1, feature "root_size"): the most bytes that the root may take besides its
   * layers, whatever happens to the host meanwhile: a container whose root cannot be held to it
   * any more does not start. GANTRY_INVALID where the host cannot limit it. */
  gantry_status (*create)(void* self, const char* id, const char* chain_id, gantry_bytes options,
                          gantry_error* err);
  /* [per-object: id] Unknown: success. */
  gantry_status (*remove)(void* self, const char* id, const gantry_op* op, gantry_error* err);
  /* [any] {"rw":bytes the container itself wrote,"total":bytes of everything}. */
  gantry_status (*usage)(void* self, const char* id, const gantry_sink* out, gantry_error* err);
  /* [any] JSON array of container ids that have a root. */
  gantry_status (*list)(void* self, const gantry_sink* out, gantry_error* err);
  /* [any] One regular file of the container's root (symbolic links followed inside the root), at
   * most `max_bytes`; GANTRY_NOT_FOUND when it isn't there. Used for /etc/passwd and /etc/group. */
  gantry_status (*read_file)(void* self, const char* id, const char* path, uint64_t max_bytes,
                             const gantry_sink* out, gantry_error* err);
  /* [any] {"name":"overlay2","data":{"LowerDir":..,"UpperDir":..,..}}: what docker inspect shows as
   * GraphDriver. */
  gantry_status (*describe)(void* self, const char* id, const gantry_sink* out, gantry_error* err);

  /* --- since 1.1; NULL or absent: volumes start empty --- */
  /* [any] What the container's root has at `path` (symbolic links followed inside the root):
   * {"type":"directory"|"file"|"other"}; GANTRY_NOT_FOUND. */
  gantry_status (*find)(void* self, const char* id, const char* path, const gantry_sink* out,
                        gantry_error* err);
  /* [per-object: id] Copies what is in the directory `path` of the container's root (found as by
   * find) into `directory`, an empty directory of the host (absolute path), and gives `directory`
   * itself the owner, mode and extended attributes of the original. Copied are files (holes stay
   * holes), directories, links, hard links among what is copied, devices, fifos and sockets, with
   * owner, mode, extended attributes and times; not what is mounted there. No such directory:
   * GANTRY_NOT_FOUND. When it fails, `directory` may hold a part: the caller throws it away.
   * Result: {"entries":n,"bytes":n}. */
  gantry_status (*copy_out)(void* self, const char* id, const char* path, const char* directory,
                            const gantry_op* op, const gantry_sink* out, gantry_error* err);

  /* --- since 1.1; NULL or absent: the host reads what a root changed and unpacks it --- */
  /* [per-object: chain_id, id] Makes what the root `id` has changed the layer `chain_id` on top of
   * `parent`, without writing it again. `parent` is the root's own chain; no container runs on it
   * (GANTRY_CONFLICT). `leave_out`: JSON array of paths relative to the root, of empty files and
   * directories that are no part of the layer; what is missing or not empty any more stays.
   * Afterwards the root can be removed and nothing else. The layer is there already: success, and
   * the root stays as it is. Result: {"size":bytes}. When it fails, the root has what it had, but
   * for such empty entries, sockets and the attributes of its top; GANTRY_UNSUPPORTED: this root
   * cannot be taken over. */
  gantry_status (*layer_adopt)(void* self, const char* chain_id, const char* parent, const char* id,
                               gantry_bytes leave_out, const gantry_op* op, const gantry_sink* out,
                               gantry_error* err);
} gantry_ext_rootfs;

#ifdef __cplusplus
}
#endif
#endif
