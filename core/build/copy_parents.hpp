// COPY --parents: sources keep the directories they lie in, from the root or from "/./" on; `**`
// stands for any number of names. Looks at nothing but the tree. Any thread. Errors:
// Error{invalid}.
#pragma once

#include <string>
#include <vector>

#include "core/build/copy_plan.hpp"

namespace gantry::build {

/// What has to be there to tell what such sources match: in front of `**`, all of a directory.
std::vector<std::string> places_of(const std::vector<std::string>& sources);

/// Every file by itself, directories in front of what is in them. Throws MissingSource for one
/// without wildcards that is not there.
std::vector<CopySource> choose_with_parents(const SourceTree& tree,
                                            const std::vector<std::string>& sources,
                                            const std::string& where);

}  // namespace gantry::build
