#include <array>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/http/exchange.hpp"
#include "core/http/percent.hpp"

namespace gantry::http {

Query Query::parse(std::string_view raw) {
  Query query;
  while (!raw.empty()) {
    const size_t end = raw.find('&');
    const std::string_view pair = raw.substr(0, end);
    raw = end == std::string_view::npos ? std::string_view{} : raw.substr(end + 1);
    if (pair.empty()) continue;
    if (pair.find(';') != std::string_view::npos)
      throw Error(Errc::invalid, "invalid semicolon separator in query");
    const size_t equals = pair.find('=');
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1);
    auto& [name, decoded] = query.values_.emplace_back(percent_decode(pair.substr(0, equals), true),
                                                       percent_decode(value, true));
    if (name.find('\0') != std::string::npos || decoded.find('\0') != std::string::npos)
      throw Error(Errc::invalid, "query parameter " + name + ": must not contain a NUL");
  }
  return query;
}

void Query::append(const Query& other) {
  values_.insert(values_.end(), other.values_.begin(), other.values_.end());
}

bool Query::has(std::string_view name) const {
  for (const auto& [key, value] : values_)
    if (key == name) return true;
  return false;
}

std::string Query::get(std::string_view name, std::string_view fallback) const {
  for (const auto& [key, value] : values_)
    if (key == name) return value;
  return std::string(fallback);
}

std::vector<std::string> Query::all(std::string_view name) const {
  std::vector<std::string> found;
  for (const auto& [key, value] : values_)
    if (key == name) found.push_back(value);
  return found;
}

bool Query::boolean(std::string_view name, bool fallback) const {
  if (!has(name)) return fallback;
  const std::string value = text::lower(text::trim(get(name)));
  for (const char* no : {"", "0", "no", "false", "none"})
    if (value == no) return false;
  return true;
}

std::optional<std::int64_t> Query::integer(std::string_view name) const {
  const std::string value = get(name);
  if (value.empty()) return std::nullopt;
  if (const auto number = text::to_int(value)) return number;
  throw Error(Errc::invalid,
              "invalid value \"" + value + "\" for " + std::string(name) + ": must be an integer");
}

}  // namespace gantry::http
