// Lines and fields of the kernel's and users' tables, one after the other. Safe between fork and
// exec.
#pragma once

#include <string_view>

namespace gantry::shim {

// Cuts the text up to `separator` (or its end) off the front of `text`.
inline std::string_view cut(std::string_view& text, char separator) {
  const std::size_t at = text.find(separator);
  const std::string_view part(text.data(), at == text.npos ? text.size() : at);
  text.remove_prefix(at == text.npos ? text.size() : at + 1);
  return part;
}

}  // namespace gantry::shim
