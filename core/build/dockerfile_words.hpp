// Words of a Dockerfile instruction as Docker reads them: quotes, escapes and variables as in a
// shell, with ${v:-x} ${v:+x} ${v:?x}, the same without ":", ${v#p} ${v##p} ${v%p} ${v%%p} ${v/p/x}
// ${v//p/x}. `escape` is the character that takes away a character's meaning.
// What comes out is limited: variables that double each other would fill the memory.
// Pure, any thread. Errors: Error{invalid}.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::build {

/// What variables stand for: "K=V". Unknown ones stand for nothing.
using Environment = std::vector<std::string>;

/// The same as a function; nullopt: it is unknown.
using FindVariable = std::function<std::optional<std::string>(std::string_view name)>;

/// Words separated by blanks outside of quotes.
std::vector<std::string> dockerfile_words(std::string_view text, const Environment& environment,
                                          char escape = '\\');
/// All of it as one word.
std::string dockerfile_word(std::string_view text, const Environment& environment,
                            char escape = '\\');

enum class WordQuotes { read, keep };
std::vector<std::string> expand_words(std::string_view text, const FindVariable& find,
                                      char escape = '\\');
/// With `keep` quotes are characters like any other.
std::string expand_word(std::string_view text, const FindVariable& find, char escape = '\\',
                        WordQuotes quotes = WordQuotes::read);

}  // namespace gantry::build
