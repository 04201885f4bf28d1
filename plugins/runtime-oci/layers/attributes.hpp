// Owner, mode, extended attributes and time of a new file-system entry, applied in the one order
// that keeps them: data, owner (clears set-id bits), mode, xattrs (writes and chown drop
// capabilities), time.
#pragma once

#include <sys/stat.h>
#include <time.h>

#include <string>
#include <utility>
#include <vector>

namespace gantry::oci {

struct Attributes {
  uid_t uid = 0;
  gid_t gid = 0;
  mode_t mode = 0755;  // permission and set-id bits
  timespec modified{0, UTIME_OMIT};
  std::vector<std::pair<std::string, std::string>> xattrs;
};

/// An open regular file or directory. The time of a directory is not set: it changes with every
/// entry.
void apply(int fd, const Attributes& attributes, bool directory);
/// What was made as `name` in `parent` and cannot be opened for it: a link itself, a device, a
/// fifo. `type`: S_IFLNK, S_IFIFO, …; what somebody else has put there meanwhile and is of another
/// type stays as it is.
void apply_at(int parent, const std::string& name, mode_t type, const Attributes& attributes);

/// What overlayfs itself keeps in attributes must never come out of an image.
bool is_private_xattr(const std::string& name);
/// Attributes of an open file or directory.
Attributes read_attributes(int fd);

}  // namespace gantry::oci
