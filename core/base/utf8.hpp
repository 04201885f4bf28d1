// Text in UTF-8. Pure: any thread.
#pragma once

#include <cstddef>
#include <string_view>

namespace gantry::utf8 {

/// The first `most` bytes, without a part of a character at the end. What is no UTF-8 loses three
/// bytes more at most.
inline std::string_view cut(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  const auto continues = [text](std::size_t at) {
    return (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
  };
  std::size_t end = most;
  while (end > 0 && most - end < 3 && continues(end)) --end;
  return text.substr(0, end);
}

}  // namespace gantry::utf8
