// Percent-decoding. Pure: any thread.
#pragma once

#include <string>
#include <string_view>

namespace gantry::http {

/// Throws Error{invalid} `invalid URL escape "%zz"` for a "%" that no two hex digits follow.
/// `plus_is_space`: as in query values.
std::string percent_decode(std::string_view text, bool plus_is_space = false);

}  // namespace gantry::http
