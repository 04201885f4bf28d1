// The lowest layer of every container's root, shared by all: what an engine adds to an image
// without being part of it, as Docker's init layer. An image's own files hide it; `docker diff`
// never shows it. It also holds the places of the mounts that each container gets, so that starting
// one does not have to make them.
#pragma once

#include <string>

namespace gantry::oci {

/// Makes what is missing in the directory `path`. Throws os_error.
void make_init_layer(const std::string& path);

}  // namespace gantry::oci
