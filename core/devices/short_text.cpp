#include "core/devices/short_text.hpp"

namespace gantry::devices {

std::string shortened(std::string_view text, size_t bytes) {
  if (text.size() <= bytes) return std::string(text);
  const auto is_inside = [&](size_t at) { return (text[at] & 0xC0) == 0x80; };  // of a character
  while (bytes > 0 && is_inside(bytes)) --bytes;
  return std::string(text.substr(0, bytes)) + "…";
}

std::string in_quotes(std::string_view text) { return "\"" + shortened(text, kQuotedBytes) + "\""; }

}  // namespace gantry::devices
