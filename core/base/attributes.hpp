// Owner, mode and extended attributes of one open directory given to another. Any thread.
#pragma once

namespace gantry::file {

/// Extended attributes that the target's file system does not have are left out. Throws Error.
void copy_attributes(int from, int to);

}  // namespace gantry::file
