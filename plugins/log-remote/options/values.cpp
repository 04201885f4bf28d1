#include "options/values.hpp"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <set>

namespace log_remote {

namespace {

[[noreturn]] void bad_syntax(const char* function, const std::string& text) {
  invalid(std::string("strconv.") + function + ": parsing " + in_quotes(text) + ": invalid syntax");
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

double parse_float(const std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  const bool plain = text.find_first_not_of("0123456789.+-eE") == std::string::npos;
  if (text.empty() || !plain || end != text.c_str() + text.size()) bad_syntax("ParseFloat", text);
  return value;
}

std::int64_t bounded(double size, const std::string& text) {
  if (!(size >= 0) || size >= 0x1p63) invalid("invalid size: '" + text + "'");
  return static_cast<std::int64_t>(size);
}

double unit_of(std::string& suffix) {
  for (char& c : suffix)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  if (suffix.empty() || suffix == "b") return 1;
  constexpr std::string_view kUnits = "kmgtp";
  const auto power = kUnits.find(suffix[0]);
  const std::string rest = suffix.substr(1);
  if (power == std::string_view::npos || (!rest.empty() && rest != "b" && rest != "ib"))
    invalid("invalid suffix: '" + suffix + "'");
  return std::pow(1024.0, static_cast<double>(power + 1));
}

/// Nanoseconds in a unit of time; 0: there is no such unit.
std::int64_t nanoseconds_in(std::string_view unit) {
  if (unit == "ns") return 1;
  if (unit == "us" || unit == "\u00b5s" || unit == "\u03bcs") return 1'000;
  if (unit == "ms") return 1'000'000;
  if (unit == "s") return 1'000'000'000;
  if (unit == "m") return 60'000'000'000;
  return unit == "h" ? 3'600'000'000'000 : 0;
}

std::size_t span(std::string_view text, bool digits) {
  std::size_t length = 0;
  while (length < text.size() && (digits ? is_digit(text[length]) || text[length] == '.'
                                         : !is_digit(text[length]) && text[length] != '.'))
    ++length;
  return length;
}

}  // namespace

void invalid(const std::string& message) { throw gantry::sdk::Error(GANTRY_INVALID, message); }

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    char escaped[8];
    if (c == '"' || c == '\\')
      (out += '\\') += c;
    else if (c == '\n')
      out += "\\n";
    else if (c == '\t')
      out += "\\t";
    else if (byte < 0x20 || byte == 0x7f)
      out.append(escaped,
                 static_cast<std::size_t>(std::snprintf(escaped, sizeof escaped, "\\x%02x", byte)));
    else
      out += c;
  }
  return out + '"';
}

std::string value_of(const LogOptions& options, const std::string& name) {
  const auto found = options.find(name);
  return found == options.end() ? std::string() : found->second;
}

std::optional<std::int64_t> find_integer(std::string_view text) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return std::nullopt;
  }
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::uint32_t parse_unsigned(const std::string& text) {
  if (text.empty() || text.find_first_not_of("0123456789") != std::string::npos)
    bad_syntax("ParseUint", text);
  const auto value = find_integer(text);
  if (!value || *value > std::numeric_limits<std::uint32_t>::max())
    invalid("strconv.ParseUint: parsing " + in_quotes(text) + ": value out of range");
  return static_cast<std::uint32_t>(*value);
}

bool parse_bool(const std::string& text) {
  static const std::set<std::string> yes = {"1", "t", "T", "true", "TRUE", "True"};
  static const std::set<std::string> no = {"0", "f", "F", "false", "FALSE", "False"};
  if (yes.count(text) == 0 && no.count(text) == 0) bad_syntax("ParseBool", text);
  return yes.count(text) != 0;
}

std::chrono::nanoseconds parse_duration(const std::string& text) {
  std::string_view rest = text;
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  if (rest == "0") return std::chrono::nanoseconds(0);
  const std::string wrong = "time: invalid duration " + in_quotes(text);
  if (rest.empty()) invalid(wrong);
  double total = 0;
  while (!rest.empty()) {
    const std::string number(rest.substr(0, span(rest, true)));
    if (number.find_first_of("0123456789") == std::string::npos ||
        number.find('.') != number.rfind('.'))
      invalid(wrong);
    rest.remove_prefix(number.size());
    const std::string_view unit = rest.substr(0, span(rest, false));
    if (unit.empty()) invalid("time: missing unit in duration " + in_quotes(text));
    const std::int64_t factor = nanoseconds_in(unit);
    if (factor == 0)
      invalid("time: unknown unit " + in_quotes(unit) + " in duration " + in_quotes(text));
    rest.remove_prefix(unit.size());
    total += parse_float(number) * static_cast<double>(factor);
  }
  if (total >= 0x1p63) invalid(wrong);
  return std::chrono::nanoseconds(static_cast<std::int64_t>(negative ? -total : total));
}

std::int64_t parse_size(const std::string& text) {
  const auto last = text.find_last_of("0123456789. ");
  if (last == std::string::npos) invalid("invalid size: '" + text + "'");
  const std::string number = text.substr(0, text[last] == ' ' ? last : last + 1);
  std::string suffix = text.substr(last + 1);
  return bounded(parse_float(number) * unit_of(suffix), text);
}

}  // namespace log_remote
