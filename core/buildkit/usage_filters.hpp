// Filters of caches as clients of BuildKit send them ("type==exec.cachemount,id~=abc"), made into
// those of POST /build/prune. Pure, any thread. Errors: Error{unsupported} for others.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/domain/filter_args.hpp"

namespace gantry::buildkit {

/// `keep_nanos`: younger ones do not count; 0: all do.
domain::FilterArgs usage_filters(const std::vector<std::string>& filters, std::int64_t keep_nanos);

}  // namespace gantry::buildkit
