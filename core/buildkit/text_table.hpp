// Rows in columns, for people. Pure, any thread. No errors.
#pragma once

#include <string>
#include <vector>

namespace gantry::buildkit {

/// Each cell but a row's last is as wide as the widest of its column, and `gap` blanks more.
std::string text_table(const std::vector<std::vector<std::string>>& rows, std::size_t gap);

}  // namespace gantry::buildkit
