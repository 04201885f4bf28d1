// Appends one string as a quoted JSON string. Private to core/json. Pure: any thread.
#pragma once

#include <string>
#include <string_view>

namespace gantry::json {

/// Invalid UTF-8 becomes U+FFFD; `html` also escapes < > & as Go's encoder does by default.
void append_escaped(std::string& out, std::string_view value, bool html);

}  // namespace gantry::json
