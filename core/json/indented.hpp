// JSON with line breaks, for people. Pure, any thread. No errors: the text must be JSON without
// blanks between its tokens, as Writer makes it.
#pragma once

#include <string>
#include <string_view>

namespace gantry::json {

/// Two spaces for each level, as Go's MarshalIndent with them.
std::string indented(std::string_view json);

}  // namespace gantry::json
