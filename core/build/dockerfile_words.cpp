#include "core/build/dockerfile_words.hpp"

#include <cctype>
#include <optional>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/text.hpp"

namespace gantry::build {
namespace {

constexpr int kMaxDepth = 64;

[[noreturn]] void fail(const std::string& message) { throw Error(Errc::invalid, message); }

bool is_name(char c, bool first) {
  const auto u = static_cast<unsigned char>(c);
  return c == '_' || std::isalpha(u) != 0 || (!first && std::isdigit(u) != 0);
}

bool is_blank(char c) { return c == ' ' || c == '\t'; }

class Lexer {
 public:
  Lexer(std::string_view text, const Environment& environment)
      : text_(text), environment_(environment) {}

  std::vector<std::string> words() {
    std::vector<std::string> result;
    while (skip_blanks()) {
      std::string word;
      while (!at_end() && !is_blank(text_[at_])) piece(word);
      result.push_back(std::move(word));
    }
    return result;
  }

  std::string word() {
    std::string result;
    while (!at_end()) piece(result);
    return result;
  }

 private:
  bool at_end() const { return at_ == text_.size(); }
  bool skip_blanks() {
    while (!at_end() && is_blank(text_[at_])) ++at_;
    return !at_end();
  }

  /// A character, a quoted part or a variable.
  void piece(std::string& out) {
    switch (const char c = text_[at_]) {
      case '\'':
        return single_quoted(out);
      case '"':
        return double_quoted(out);
      case '$':
        return variable(out);
      case '\\':
        if (at_ + 1 < text_.size()) ++at_;
        out += text_[at_++];
        return;
      default:
        out += c;
        ++at_;
    }
  }

  void single_quoted(std::string& out) {
    const std::size_t end = text_.find('\'', at_ + 1);
    if (end == std::string_view::npos) no_end();
    out += text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
  }

  void double_quoted(std::string& out) {
    ++at_;
    while (!at_end() && text_[at_] != '"') {
      if (text_[at_] == '$') {
        variable(out);
        continue;
      }
      // Only what means something between quotes can be escaped.
      if (text_[at_] == '\\' && at_ + 1 < text_.size() &&
          (text_[at_ + 1] == '"' || text_[at_ + 1] == '$' || text_[at_ + 1] == '\\'))
        ++at_;
      out += text_[at_++];
    }
    if (at_end()) no_end();
    ++at_;
  }

  void variable(std::string& out) {
    ++at_;
    if (!at_end() && text_[at_] == '{') {
      ++at_;
      return braced(out);
    }
    const std::string name = read_name();
    if (name.empty())
      out += '$';
    else
      out += find(name).value_or(std::string());
  }

  // Behind "${".
  void braced(std::string& out) {
    const std::string name = read_name();
    if (name.empty()) fail("bad substitution");
    if (at_end()) fail("syntax error: missing '}'");
    auto value = find(name);
    char kind = text_[at_++];
    if (kind == '}') {
      out += value.value_or(std::string());
      return;
    }
    // With ":" an empty value counts as none.
    if (kind == ':') {
      if (value && value->empty()) value.reset();
      if (at_end()) fail("syntax error: missing '}'");
      kind = text_[at_++];
    }
    if (++depth_ > kMaxDepth) fail("substitutions are nested too deeply");
    std::string other;
    while (!at_end() && text_[at_] != '}') piece(other);
    --depth_;
    if (at_end()) fail("syntax error: missing '}'");
    ++at_;
    if (kind == '-')
      out += value.value_or(other);
    else if (kind == '+')
      out += value ? other : std::string();
    else if (kind == '?' && !value)
      fail(name + ": " + (other.empty() ? "is not set" : other));
    else if (kind == '?')
      out += *value;
    else
      fail(std::string("unsupported modifier (") + kind + ") in substitution");
  }

  std::string read_name() {
    const std::size_t begin = at_;
    while (!at_end() && is_name(text_[at_], at_ == begin)) ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }

  std::optional<std::string> find(const std::string& name) const {
    for (const std::string& entry : environment_)
      if (entry.starts_with(name + "=")) return entry.substr(name.size() + 1);
    return std::nullopt;
  }

  [[noreturn]] static void no_end() {
    fail("unexpected end of statement while looking for matching quote");
  }

  const std::string_view text_;
  const Environment& environment_;
  std::size_t at_ = 0;
  int depth_ = 0;  // of ${A:-${B:-…
};

}  // namespace

std::vector<std::string> dockerfile_words(std::string_view text, const Environment& environment) {
  return Lexer(text, environment).words();
}

std::string dockerfile_word(std::string_view text, const Environment& environment) {
  return Lexer(text, environment).word();
}

std::vector<std::string> dockerfile_lines(std::string_view text) {
  std::vector<std::string> lines;
  std::string line;
  for (const std::string& part : text::split(text, '\n')) {
    const std::string_view trimmed = text::trim(part);
    if (trimmed.starts_with('#') || (trimmed.empty() && !line.empty())) continue;
    if (trimmed.ends_with('\\')) {
      line += trimmed.substr(0, trimmed.size() - 1);
      continue;
    }
    line += trimmed;
    if (!line.empty()) lines.push_back(std::exchange(line, {}));
  }
  if (!line.empty()) lines.push_back(std::move(line));
  return lines;
}

}  // namespace gantry::build
