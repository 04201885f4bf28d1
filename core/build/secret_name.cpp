#include "core/build/secret_name.hpp"

#include <algorithm>
#include <iterator>
#include <string>

#include "core/base/text.hpp"

namespace gantry::build {
namespace {

constexpr std::string_view kSecret[] = {"apikey",   "auth",  "credential", "credentials", "key",
                                        "password", "pword", "passwd",     "secret",      "token"};
constexpr std::string_view kHarmless[] = {"public", "file", "version"};

template <std::size_t N>
bool is_among(const std::string_view (&words)[N], std::string_view word) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

}  // namespace

bool is_secret_name(std::string_view name) {
  bool is_secret = false;
  for (const std::string& word : text::split(text::lower(name), '_')) {
    if (is_among(kHarmless, word)) return false;
    is_secret = is_secret || is_among(kSecret, word);
  }
  return is_secret;
}

}  // namespace gantry::build
