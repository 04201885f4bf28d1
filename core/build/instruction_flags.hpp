// The flags of an instruction by name. Pure, any thread. Errors: Error{invalid} in Docker's words.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace gantry::build {

/// "interval" → "5s", without quotes and escapes.
using FlagValues = std::map<std::string, std::string, std::less<>>;

/// Refuses flags that are not `known`, given twice or without a value.
FlagValues flag_values(const std::vector<std::string>& flags, const std::vector<std::string>& known,
                       char escape = '\\');

}  // namespace gantry::build
