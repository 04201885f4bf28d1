#include "core/build/raw_words.hpp"

#include <algorithm>

namespace gantry::build {
namespace {

/// Goes through a word: which characters are in it, and which of them only quote others.
class Quotes {
 public:
  explicit Quotes(char escape) : escape_(escape) {}

  /// Whether `c` stands for itself.
  bool take(char c) {
    if (escaped_) {
      escaped_ = false;
      return true;
    }
    if (c == escape_ && quote_ != '\'') {
      escaped_ = true;
      return false;
    }
    if (quote_ != 0 ? c != quote_ : c != '"' && c != '\'') return true;
    quote_ = quote_ == 0 ? c : '\0';
    return false;
  }
  bool open() const { return escaped_ || quote_ != 0; }

 private:
  const char escape_;
  char quote_ = 0;
  bool escaped_ = false;
};

}  // namespace

std::string_view trim_left(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(kBlanks), text.size()));
}

std::size_t raw_word_end(std::string_view text, char escape) {
  Quotes quotes(escape);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!quotes.open() && kBlanks.find(text[i]) != std::string_view::npos) return i;
    quotes.take(text[i]);
  }
  return text.size();
}

std::vector<std::string> raw_words(std::string_view text, char escape) {
  std::vector<std::string> words;
  for (text = trim_left(text); !text.empty(); text = trim_left(text)) {
    const std::size_t end = raw_word_end(text, escape);
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return words;
}

std::vector<std::string> blank_separated(std::string_view text) {
  std::vector<std::string> words;
  for (text = trim_left(text); !text.empty(); text = trim_left(text)) {
    words.emplace_back(text.substr(0, text.find_first_of(kBlanks)));
    text.remove_prefix(words.back().size());
  }
  return words;
}

std::string unquoted(std::string_view word, char escape) {
  Quotes quotes(escape);
  std::string result;
  for (const char c : word)
    if (quotes.take(c)) result += c;
  return result;
}

}  // namespace gantry::build
