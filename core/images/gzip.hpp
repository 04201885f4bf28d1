// Packs a file with gzip: the same input always gives the same output. Any thread. Errors:
// Error{internal}; what the sink throws.
#pragma once

#include <functional>
#include <string_view>

namespace gantry::images {

/// Reads the descriptor to its end.
void gzip(int fd, const std::function<void(std::string_view)>& sink);

}  // namespace gantry::images
