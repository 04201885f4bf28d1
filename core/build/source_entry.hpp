// What a tar says about one file, checked: it may come from anybody. Any thread. Errors: the
// reader's Error{invalid}.
#pragma once

#include <cstddef>

#include "core/images/archive_writer.hpp"
#include "core/images/tar_reader.hpp"

namespace gantry::build {

/// What a system takes as a path, and as what a link leads to, is shorter.
inline constexpr std::size_t kMaxPath = 4096;

/// An entry that is no hard link; without its size.
images::ArchiveEntry read_entry(archive_entry* from, const images::TarReader& tar);

/// In bytes, of names and values.
std::size_t size_of(const images::ArchiveEntry::Attributes& attributes);

}  // namespace gantry::build
