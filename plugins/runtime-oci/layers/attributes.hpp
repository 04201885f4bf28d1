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
/// `name` in `parent`, which is not a symbolic link's target: the link itself, a device, a fifo.
void apply_at(int parent, const std::string& name, const Attributes& attributes, bool symlink);

/// An O_PATH descriptor of anything, a symbolic link included: for places where somebody else may
/// exchange names meanwhile.
void apply_path(int fd, const Attributes& attributes, bool symlink);

/// What overlayfs itself keeps in attributes must never come out of an image.
bool is_private_xattr(const std::string& name);
/// Attributes of an open file or directory.
Attributes read_attributes(int fd);

}  // namespace gantry::oci
