// A tar without some of its entries, and its names alone. One thread. Errors: Error{invalid}.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "core/images/tar_reader.hpp"

namespace gantry::images {

/// An entry's name without "./" in front and slash behind.
std::string plain_name(std::string_view name);

/// Visits the entries' plain names; the contents are skipped.
void each_name(const TarReader::Source& tar, const std::function<void(const std::string&)>& visit);

/// Copies a tar with all that its entries say, but for those whose plain name is in `dropped`.
void filter_tar(const TarReader::Source& tar, const std::set<std::string>& dropped,
                const std::function<void(std::string_view)>& sink);

}  // namespace gantry::images
