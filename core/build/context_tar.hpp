// The tar that a client sends as a build context, plain or compressed. Any thread.
#pragma once

#include <functional>
#include <string>

#include "core/images/tar_reader.hpp"

namespace gantry::build {

/// Visits all entries with their paths (source_below_root()). Throws Error{invalid} for what is no
/// tar, or breaks off, and for names that are too long.
void each_context_entry(
    const images::TarReader::Source& source,
    const std::function<void(images::TarReader&, archive_entry*, const std::string&)>& visit);

}  // namespace gantry::build
