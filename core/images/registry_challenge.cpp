#include "core/images/registry_challenge.hpp"

#include <optional>

#include "core/base/text.hpp"

namespace gantry::images {
namespace {

class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }
  void skip_blanks() {
    while (!rest_.empty() && (rest_[0] == ' ' || rest_[0] == '\t')) rest_.remove_prefix(1);
  }
  void skip_separators() {
    while (!rest_.empty() && (rest_[0] == ' ' || rest_[0] == '\t' || rest_[0] == ','))
      rest_.remove_prefix(1);
  }
  bool take(char c) {
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool next_is(char c) const { return !rest_.empty() && rest_[0] == c; }

  std::string token() {
    constexpr std::string_view kEnds = " \t,=\"()<>@;:\\/[]?{}";
    const std::size_t end = rest_.find_first_of(kEnds);
    std::string word(rest_.substr(0, end));
    rest_.remove_prefix(word.size());
    return word;
  }

  // A quoted string, or everything up to the next blank or comma.
  std::optional<std::string> value() {
    if (!take('"')) {
      const std::size_t end = rest_.find_first_of(" \t,");
      std::string word(rest_.substr(0, end));
      rest_.remove_prefix(word.size());
      return word;
    }
    std::string text;
    while (!rest_.empty()) {
      char c = rest_[0];
      rest_.remove_prefix(1);
      if (c == '"') return text;
      if (c == '\\' && !rest_.empty()) {
        c = rest_[0];
        rest_.remove_prefix(1);
      }
      text += c;
    }
    return std::nullopt;  // never closed
  }

 private:
  std::string_view rest_;
};

}  // namespace

std::vector<Challenge> parse_challenges(std::string_view header) {
  std::vector<Challenge> challenges;
  Scanner in(header);
  for (in.skip_separators(); !in.at_end(); in.skip_separators()) {
    const std::string word = in.token();
    if (word.empty()) return challenges;
    in.skip_blanks();
    if (!in.take('=')) {  // no parameter, so a scheme
      challenges.push_back({text::lower(word), {}});
      continue;
    }
    in.skip_blanks();
    const auto value = in.value();
    if (!value || challenges.empty()) return challenges;
    challenges.back().params.emplace(text::lower(word), *value);
  }
  return challenges;
}

}  // namespace gantry::images
