#include "core/build/name_pattern.hpp"

#include <algorithm>
#include <cstddef>

#include "core/base/error.hpp"

namespace gantry::build {
namespace {

constexpr char32_t kNoCharacters = 0x200000;  // from here on: bytes that are no UTF-8

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

/// How many bytes the first one says there are; 0: it begins no character.
std::size_t announced_size(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first < 0xE0) return 2;
  if (first >= 0xE0 && first < 0xF0) return 3;
  return first >= 0xF0 && first < 0xF5 ? 4 : 0;
}

char32_t cut_character(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text.front());
  const std::size_t size = announced_size(first);
  const bool whole = size != 0 && size <= text.size() &&
                     std::all_of(text.begin() + 1, text.begin() + static_cast<std::ptrdiff_t>(size),
                                 continues_character);
  if (!whole) {
    text.remove_prefix(1);
    return kNoCharacters + first;
  }
  char32_t character = size == 1 ? first : first & (0x7Fu >> size);
  for (const char c : text.substr(1, size - 1))
    character = character << 6 | (static_cast<unsigned char>(c) & 0x3Fu);
  text.remove_prefix(size);
  return character;
}

}  // namespace

NamePattern::Characters NamePattern::characters(std::string_view text) {
  Characters result;
  while (!text.empty()) result += cut_character(text);
  return result;
}

bool NamePattern::Token::takes(char32_t character) const {
  const bool found = std::any_of(ranges.begin(), ranges.end(), [&](const auto& range) {
    return range.first <= character && character <= range.second;
  });
  return found == (kind == Kind::one_of);
}

class NamePattern::Reader {
 public:
  explicit Reader(std::string_view text) : text_(characters(text)) {}

  bool more() const { return at_ < text_.size(); }
  Token next() {
    switch (text_[at_]) {
      case U'*':
        ++at_;
        return {Kind::star, {}};
      case U'?':
        ++at_;
        return {Kind::none_of, {}};
      case U'[':
        ++at_;
        return next_class();
      default:
        const char32_t character = one();
        return {Kind::one_of, {{character, character}}};
    }
  }

 private:
  Token next_class() {
    Token token{Kind::one_of, {}};
    if (is(U'^')) {
      ++at_;
      token.kind = Kind::none_of;
    }
    while (token.ranges.empty() || !is(U']')) {
      const char32_t first = one_of_class();
      char32_t last = first;
      if (is(U'-')) {
        ++at_;
        last = one_of_class();
      }
      token.ranges.emplace_back(first, last);
    }
    ++at_;
    return token;
  }
  char32_t one_of_class() {
    if (is(U'-') || is(U']')) fail();
    return one();
  }
  char32_t one() {
    if (is(U'\\')) ++at_;
    if (!more()) fail();
    return text_[at_++];
  }
  bool is(char32_t character) const { return more() && text_[at_] == character; }
  [[noreturn]] static void fail() { throw Error(Errc::invalid, "syntax error in pattern"); }

  const Characters text_;
  std::size_t at_ = 0;
};

NamePattern::NamePattern(std::string_view text) {
  for (Reader reader(text); reader.more();) tokens_.push_back(reader.next());
}

// What a star takes can be decided anew only for the last one that was met: what the ones before it
// took is good enough for all that follows. So a row of stars costs no more than two.
bool NamePattern::match(const Characters& name) const {
  std::size_t token = 0, at = 0;
  std::size_t behind_star = 0, star_end = 0;  // 0: there was none
  while (at < name.size()) {
    if (token < tokens_.size() && tokens_[token].kind == Kind::star) {
      behind_star = ++token;
      star_end = at;
    } else if (token < tokens_.size() && tokens_[token].takes(name[at])) {
      ++token;
      ++at;
    } else if (behind_star != 0) {
      token = behind_star;
      at = ++star_end;
    } else {
      return false;
    }
  }
  return std::all_of(tokens_.begin() + static_cast<std::ptrdiff_t>(token), tokens_.end(),
                     [](const Token& rest) { return rest.kind == Kind::star; });
}

bool has_wildcard(std::string_view path) { return path.find_first_of("*?[") != path.npos; }

}  // namespace gantry::build
