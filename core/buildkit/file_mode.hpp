// File modes as Go's os.FileMode has them on the wire. Pure, any thread.
#pragma once

#include <cstdint>

#include "core/images/archive_writer.hpp"

namespace gantry::buildkit {

/// What is neither of the kinds that an archive has counts as a file.
images::ArchiveEntry::Kind kind_of(std::uint32_t go_mode);
bool is_socket(std::uint32_t go_mode);
/// With set-id and sticky bits where Linux has them.
std::uint32_t permissions_of(std::uint32_t go_mode);
std::uint32_t go_mode(images::ArchiveEntry::Kind kind, std::uint32_t permissions);

}  // namespace gantry::buildkit
