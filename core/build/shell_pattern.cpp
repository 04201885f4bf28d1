#include "core/build/shell_pattern.hpp"

#include <algorithm>

#include "core/base/error.hpp"

namespace gantry::build {
namespace {

// Of pattern positions looked at: a value of an environment needs some thousand.
constexpr std::size_t kMaxSteps = 4'000'000;
constexpr std::size_t kMaxReplaced = 1u << 20;

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

}  // namespace

ShellPattern::ShellPattern(std::string_view text, char escape) : text_(text) {
  const Characters all = characters(text_);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].front() == escape && i + 1 < all.size())
      tokens_.push_back({Kind::character, all[++i]});
    else if (all[i] == "*")
      tokens_.push_back({Kind::star, {}});
    else if (all[i] == "?")
      tokens_.push_back({Kind::any, {}});
    else
      tokens_.push_back({Kind::character, all[i]});
  }
}

ShellPattern::Characters ShellPattern::characters(std::string_view text) {
  Characters result;
  while (!text.empty()) {
    std::size_t size = 1;
    while (size < 4 && size < text.size() && continues_character(text[size])) ++size;
    result.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return result;
}

// One state per position in the pattern, the last one is the match. All are kept at once instead of
// trying one after the other: a row of stars costs no more than its length.
void ShellPattern::advance(std::string_view character, std::vector<char>& states) const {
  states.back() = 0;
  for (std::size_t i = tokens_.size(); i-- > 0;) {
    const Token& token = tokens_[i];
    const bool was = states[i] != 0;
    const bool takes =
        token.kind == Kind::any || (token.kind == Kind::character && token.character == character);
    if (was && takes) states[i + 1] = 1;
    // What stands before this one says in its turn whether it is reached.
    states[i] = was && token.kind == Kind::star;
  }
  for (std::size_t i = 0; i < tokens_.size(); ++i)
    if (states[i] != 0 && tokens_[i].kind == Kind::star) states[i + 1] = 1;
}

/// How many characters from `from` on match.
std::optional<std::size_t> ShellPattern::match(const Characters& text, std::size_t from,
                                               bool longest, std::size_t& steps) const {
  std::vector<char> states(tokens_.size() + 1, 0);
  states[0] = 1;
  for (std::size_t i = 0; i < tokens_.size() && tokens_[i].kind == Kind::star; ++i)
    states[i + 1] = 1;
  std::optional<std::size_t> found;
  for (std::size_t at = from;; ++at) {
    if (states.back() != 0) found = at - from;
    if (at == text.size() || (found && !longest)) return found;
    steps += states.size();
    if (steps > kMaxSteps) throw Error(Errc::invalid, "substitution takes too long");
    advance(text[at], states);
    if (std::find(states.begin(), states.end(), 1) == states.end()) return found;
  }
}

std::string ShellPattern::without_prefix(std::string_view value, bool longest) const {
  const Characters text = characters(value);
  std::size_t steps = 0;
  std::size_t size = 0;
  for (std::size_t i = match(text, 0, longest, steps).value_or(0); i-- > 0;) size += text[i].size();
  return std::string(value.substr(size));
}

// The same from the other end.
std::string ShellPattern::without_suffix(std::string_view value, bool longest) const {
  ShellPattern mirrored({}, '\\');
  mirrored.tokens_.assign(tokens_.rbegin(), tokens_.rend());
  Characters text = characters(value);
  std::reverse(text.begin(), text.end());
  std::size_t steps = 0;
  std::size_t size = 0;
  for (std::size_t i = mirrored.match(text, 0, longest, steps).value_or(0); i-- > 0;)
    size += text[i].size();
  return std::string(value.substr(0, value.size() - size));
}

std::string ShellPattern::replaced(std::string_view value, const std::string& by, bool all) const {
  if (tokens_.empty()) return std::string(value);
  const Characters text = characters(value);
  std::string result;
  std::size_t steps = 0;
  bool more = true;
  for (std::size_t at = 0; at < text.size();) {
    const auto found = more ? match(text, at, true, steps) : std::nullopt;
    if (!found || *found == 0) {
      result += text[at++];
      continue;
    }
    result += by;
    if (result.size() > kMaxReplaced)
      throw Error(Errc::invalid, "variables expand to more than 1 MiB");
    at += *found;
    more = all;
  }
  return result;
}

}  // namespace gantry::build
