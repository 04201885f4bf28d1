/* Runtime extension "gantry.runtime.archive/1": a container's files as tar, running or not.
 *
 * Paths are absolute in the container. Symbolic links are followed inside the container's root and
 * never leave it, whatever a process of the container does meanwhile; ".." of the root is the root.
 * What is mounted in a running container is seen where it is mounted. For one that does not run the
 * host says what would be, in each request:
 *   "mounts":[{"source":"/dir/or/file/of/the/host","destination":"/data","read_only":bool,
 *              "recursive":bool,"subpath":"<a path below the source, if not all of it>"}],
 * in the order in which they are to be mounted. Instead of "source" there may be "image", the id of
 * the root that a mount of the type "image" has for its source (see create in runtime.h).
 * A runtime uses that list only while the container does not run.
 */
/* clang-format off: tables and comments are laid out by hand. */
#ifndef GANTRY_EXT_ARCHIVE_H
#define GANTRY_EXT_ARCHIVE_H

#include <gantry/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define GANTRY_EXT_ARCHIVE "gantry.runtime.archive/1"

typedef struct gantry_ext_archive {
  uint32_t size;
  uint32_t reserved;
  /* [any] Writes the whole root (without mounts of volumes) as a tar to `fd` (POSIX pax). A closed
   * reader (EPIPE) is GANTRY_CANCELLED. */
  gantry_status (*export_root)(void* self, const char* id, int32_t fd, const gantry_op* op,
                               gantry_error* err);

  /* Later than ABI 1.0; a runtime may lack each. */

  /* [any] What lies at a path: {"path","follow":bool,"mounts"}. Links in the path's directories are
   * followed; one at its end with "follow", or when the path ends in "/" or "/.". Result:
   * {"path":"<without links, but for one at its end>","size":N,"mode":N (st_mode),"mtime":ns since
   * the epoch,"link_target":"<for a link: the path it leads to in the end, which may not exist>"}.
   * Nothing there: GANTRY_NOT_FOUND; a file with "/" behind it: GANTRY_INVALID, ENOTDIR. */
  gantry_status (*stat)(void* self, const char* id, gantry_bytes request, const gantry_sink* out,
                        gantry_error* err);
  /* [any] Writes what lies at a path as a tar to `fd` (POSIX pax):
   * {"path","name","mounts","image_only":bool}. A link at the path's end is followed only as in
   * stat without "follow". The names in the archive begin with "name" instead of the path; a
   * directory comes with all that is below it, other file systems included, but for those of the
   * kernel (proc, sysfs, …). Sockets are left out. "image_only", for a root on which nothing runs:
   * without "mounts", and without what every container gets besides its image (/etc/hosts, …). A
   * closed reader is GANTRY_CANCELLED. */
  gantry_status (*get)(void* self, const char* id, gantry_bytes request, int32_t fd,
                       const gantry_op* op, gantry_error* err);
  /* [any while the container runs, else per-object] Reads a tar from `fd` to its end (plain, gzip,
   * bzip2, xz or zstd: to be detected) and puts its entries into the directory at a path:
   * {"path","mounts","owner":{"uid":N,"gid":N},"keep_kinds":bool}. An existing file is replaced, a
   * directory keeps its content. "owner": whose the entries become; absent: as the archive says.
   * "keep_kinds": a directory is not replaced by something else, nor the reverse (GANTRY_INVALID).
   * Names that would leave the directory are GANTRY_INVALID; so is what is no tar. What was put
   * there before a failure stays. */
  gantry_status (*put)(void* self, const char* id, gantry_bytes request, int32_t fd,
                       const gantry_op* op, gantry_error* err);
  /* [any] What the container has changed in its root, sorted by path: JSON array of
   * {"path":"/etc","kind":0 (changed) | 1 (added) | 2 (removed)}. */
  gantry_status (*changes)(void* self, const char* id, const gantry_op* op, const gantry_sink* out,
                           gantry_error* err);
  /* [any] The same as an image layer: a tar with OCI whiteouts, to `fd`. */
  gantry_status (*diff)(void* self, const char* id, int32_t fd, const gantry_op* op,
                        gantry_error* err);
} gantry_ext_archive;

#ifdef __cplusplus
}
#endif
#endif
