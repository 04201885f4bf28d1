// Values in the metadata of a session's calls: as they are, or all of a name escaped as in a URL's
// query when one of them has what a header cannot have (which "<name>-encoded: 1" says). Pure, any
// thread.
#pragma once

#include <string>
#include <vector>

#include "core/grpc/call.hpp"

namespace gantry::buildkit {

void add_header_values(grpc::Metadata& into, const std::string& name,
                       const std::vector<std::string>& values);

}  // namespace gantry::buildkit
