// A directory tree as a POSIX pax tar.
#pragma once

#include <string>

#include "tar/tar_writer.hpp"

namespace gantry::oci {

/// Which other file systems below the tree are entered.
enum class Crossing { none, all_but_kernels };

/// Adds `file` (O_PATH, not a link's target) under `name`, and below a directory everything else in
/// the order of names: hard links, devices, owners, times, capabilities and user.* attributes;
/// sockets are left out. With `name` empty a directory itself is left out and its entries have no
/// prefix. What vanishes meanwhile is left out.
void add_tree(TarWriter& tar, int file, const std::string& name, Crossing crossing);

}  // namespace gantry::oci
