// Words of a Dockerfile whose quotes, escapes and variables are still in them.
// Pure, any thread. No errors: a quote that is never closed reaches to the end.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gantry::build {

/// Blanks inside of a line.
inline constexpr std::string_view kBlanks = " \t\r\v\f";

/// Without the blanks in front.
std::string_view trim_left(std::string_view text);

/// Where the word at the beginning ends: at a blank outside of quotes, or at the end.
std::size_t raw_word_end(std::string_view text, char escape = '\\');
/// Words separated by blanks outside of quotes.
std::vector<std::string> raw_words(std::string_view text, char escape = '\\');
/// Words separated by blanks wherever they are.
std::vector<std::string> blank_separated(std::string_view text);
/// Without its quotes and escapes. Variables stay as they are.
std::string unquoted(std::string_view word, char escape = '\\');

}  // namespace gantry::build
