// Messages made smaller, by zlib. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "gelf/options.hpp"

namespace log_remote::gelf {

/// `level`: -1 (zlib's own choice) to 9. Throws gantry::sdk::Error{GANTRY_EXHAUSTED}.
std::string compressed(std::string_view text, Compression compression, int level);

}  // namespace log_remote::gelf
