// File modes as Go's os.FileMode numbers them: clients of docker cp read them so. Pure; any thread.
#pragma once

#include <cstdint>

namespace gantry::domain {

/// From st_mode: the nine permission bits as they are, kinds and set-id bits at the other end.
std::uint32_t go_file_mode(std::uint32_t st_mode);

}  // namespace gantry::domain
