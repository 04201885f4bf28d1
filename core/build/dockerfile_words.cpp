#include "core/build/dockerfile_words.hpp"

#include <cctype>
#include <optional>
#include <utility>

#include "core/base/error.hpp"
#include "core/build/shell_pattern.hpp"

namespace gantry::build {
namespace {

constexpr int kMaxDepth = 64;
constexpr std::size_t kMaxExpanded = 1u << 20;
constexpr std::size_t kMaxNamed = 200;  // of a word in an error

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

bool is_name(char c) { return c == '_' || std::isalnum(static_cast<unsigned char>(c)) != 0; }

// A shell's own parameters, like $? and $@: no build sets them.
bool is_special(char c) { return std::string_view("@*#?-$!").find(c) != std::string_view::npos; }

bool is_blank(char c) { return c == ' ' || c == '\t'; }

class Lexer {
 public:
  Lexer(std::string_view text, const FindVariable& find, char escape,
        WordQuotes quotes = WordQuotes::read)
      : text_(text), find_(find), escape_(escape), quotes_(quotes == WordQuotes::read) {}

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
  enum class Escapes { resolve, keep };

  bool at_end() const { return at_ == text_.size(); }
  bool skip_blanks() {
    while (!at_end() && is_blank(text_[at_])) ++at_;
    return !at_end();
  }
  bool skip(char c) {
    if (at_end() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  /// A character, a quoted part or a variable.
  void piece(std::string& out, Escapes escapes = Escapes::resolve) {
    const char c = text_[at_];
    if (quotes_ && c == '\'') return single_quoted(out);
    if (quotes_ && c == '"') return double_quoted(out);
    if (c == '$') return variable(out);
    ++at_;
    if (c == escape_) return escaped(out, escapes);
    out += c;
  }

  // Behind the escape character; at the end it stands for nothing.
  void escaped(std::string& out, Escapes escapes) {
    if (at_end()) return;
    if (escapes == Escapes::keep) out += escape_;
    out += text_[at_++];
  }

  void single_quoted(std::string& out) {
    const std::size_t end = text_.find('\'', at_ + 1);
    if (end == std::string_view::npos) no_end("single-quote");
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
      if (text_[at_] == escape_ && at_ + 1 < text_.size() &&
          (text_[at_ + 1] == '"' || text_[at_ + 1] == '$' || text_[at_ + 1] == escape_))
        ++at_;
      out += text_[at_++];
    }
    if (at_end()) no_end("double-quote");
    ++at_;
  }

  void variable(std::string& out) {
    ++at_;
    if (skip('{')) return add(out, braced());
    const std::string_view name = read_name();
    if (name.empty())
      out += '$';
    else
      add(out, find_(name).value_or(std::string()));
  }

  void add(std::string& out, const std::string& value) {
    expanded_ += value.size();
    if (expanded_ > kMaxExpanded) invalid("variables expand to more than 1 MiB");
    out += value;
  }

  // Behind "${".
  std::string braced() {
    const std::string_view name = read_name();
    if (name.empty()) invalid("bad substitution");
    auto value = find_(name);
    if (skip('}')) return value.value_or(std::string());
    // With ":" an empty value counts as none.
    const bool strict = skip(':');
    if (strict && value && value->empty()) value.reset();
    if (at_end()) no_brace();
    const char kind = text_[at_++];
    if (++depth_ > kMaxDepth) invalid("substitutions are nested too deeply");
    std::string result = strict || std::string_view("-+?").find(kind) != std::string_view::npos
                             ? chosen(kind, name, value)
                             : reshaped(kind, value.value_or(std::string()));
    --depth_;
    return result;
  }

  // Behind ${v- ${v+ ${v?
  std::string chosen(char kind, std::string_view name, const std::optional<std::string>& value) {
    const std::string other = until('}');
    if (kind == '-') return value.value_or(other);
    if (kind == '+') return value ? other : std::string();
    if (kind != '?') unsupported(kind);
    if (!value) invalid(std::string(name) + ": " + (other.empty() ? "is not set" : other));
    return *value;
  }

  // Behind ${v# ${v% ${v/
  std::string reshaped(char kind, const std::string& value) {
    if (kind != '#' && kind != '%' && kind != '/') unsupported(kind);
    const bool twice = skip(kind);
    const ShellPattern pattern(until(kind == '/' ? '/' : '}', Escapes::keep), escape_);
    if (kind == '#') return pattern.without_prefix(value, twice);
    if (kind == '%') return pattern.without_suffix(value, twice);
    return pattern.replaced(value, until('}'), twice);
  }

  std::string until(char stop, Escapes escapes = Escapes::resolve) {
    std::string result;
    while (!at_end() && text_[at_] != stop) piece(result, escapes);
    if (skip(stop)) return result;
    invalid(std::string("syntax error: missing '") + stop + "'");
  }

  std::string_view read_name() {
    const std::size_t begin = at_;
    if (!at_end() && is_special(text_[at_]))
      ++at_;
    else if (!at_end() && is_digit(text_[at_]))
      while (!at_end() && is_digit(text_[at_])) ++at_;
    else
      while (!at_end() && is_name(text_[at_])) ++at_;
    return text_.substr(begin, at_ - begin);
  }

  [[noreturn]] static void unsupported(char kind) {
    invalid(std::string("unsupported modifier (") + kind + ") in substitution");
  }
  [[noreturn]] static void no_brace() { invalid("syntax error: missing '}'"); }
  [[noreturn]] static void no_end(const std::string& what) {
    invalid("unexpected end of statement while looking for matching " + what);
  }

  const std::string_view text_;
  const FindVariable& find_;
  const char escape_;
  const bool quotes_;
  std::size_t at_ = 0;
  std::size_t expanded_ = 0;
  int depth_ = 0;  // of ${A:-${B:-…
};

FindVariable finder(const Environment& environment) {
  return [&environment](std::string_view name) -> std::optional<std::string> {
    for (const std::string& entry : environment)
      if (entry.size() > name.size() && entry[name.size()] == '=' && entry.starts_with(name))
        return entry.substr(name.size() + 1);
    return std::nullopt;
  };
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text.substr(0, kMaxNamed)) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + (text.size() > kMaxNamed ? "…\"" : "\"");
}

/// Says what it was that could not be read.
template <typename Read>
auto naming(std::string_view text, Read read) {
  try {
    return read();
  } catch (const Error& error) {
    throw Error(error.code(), "failed to process " + quoted(text) + ": " + error.what());
  }
}

}  // namespace

std::vector<std::string> dockerfile_words(std::string_view text, const Environment& environment,
                                          char escape) {
  return expand_words(text, finder(environment), escape);
}

std::string dockerfile_word(std::string_view text, const Environment& environment, char escape) {
  return expand_word(text, finder(environment), escape);
}

std::vector<std::string> expand_words(std::string_view text, const FindVariable& find,
                                      char escape) {
  return naming(text, [&] { return Lexer(text, find, escape).words(); });
}

std::string expand_word(std::string_view text, const FindVariable& find, char escape,
                        WordQuotes quotes) {
  return naming(text, [&] { return Lexer(text, find, escape, quotes).word(); });
}

}  // namespace gantry::build
