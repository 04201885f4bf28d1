// The files of a directory that may be specifications, read within bounds: whatever somebody put
// there, looking at it takes neither for ever nor all memory. Private to core/devices. Any thread.
#pragma once

#include <string>
#include <vector>

namespace gantry::devices {

/// *.json and *.yaml, sorted, so that faults come in an order. None where there is no such
/// directory. Throws std::filesystem::filesystem_error.
std::vector<std::string> spec_files(const std::string& directory);

/// Text of a regular file; never waits for a writer. Throws Error{invalid} when it is none, or
/// larger than `limit`.
std::string read_spec_file(const std::string& path, size_t limit);

}  // namespace gantry::devices
