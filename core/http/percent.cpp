#include "core/http/percent.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"

namespace gantry::http {

std::string percent_decode(std::string_view text, bool plus_is_space) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += plus_is_space && text[i] == '+' ? ' ' : text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? text::hex_value(text[i + 1]) : -1;
    const int low = high >= 0 ? text::hex_value(text[i + 2]) : -1;
    if (low < 0)
      throw Error(Errc::invalid, "invalid URL escape \"" + std::string(text.substr(i, 3)) + "\"");
    decoded += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return decoded;
}

}  // namespace gantry::http
