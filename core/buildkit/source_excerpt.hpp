// Lines of a Dockerfile as clients of BuildKit show them, and as JSON. Pure, any thread. No errors.
#pragma once

#include <string>

#include "core/buildkit/source_error.hpp"
#include "core/json/writer.hpp"

namespace gantry::buildkit {

/// The lines with a few around them, marked; empty when nobody knows them.
std::string source_excerpt(const SourceLines& lines);

/// {"ranges":[…]}: each line is one.
void write_location(json::Writer& out, int first, int last);

}  // namespace gantry::buildkit
