#include "core/base/text.hpp"
#include "core/domain/container_request.hpp"

namespace gantry::domain {

std::optional<std::string> parse_detach_keys(std::string_view keys) {
  std::string bytes;
  for (const std::string& key : text::split(keys, ',')) {
    if (key.size() == 1) {
      bytes += key;
    } else if (key == "DEL") {
      bytes += '\x7f';
    } else if (key.size() == 6 && key.starts_with("ctrl-")) {
      const char c = key[5];
      // ctrl-@ is 0, then the letters, small ones only, then [ \ ] ^ _
      if (c >= 'a' && c <= 'z')
        bytes += static_cast<char>(c - 'a' + 1);
      else if (c == '@' || (c >= '[' && c <= '_'))
        bytes += static_cast<char>(c - '@');
      else
        return std::nullopt;
    } else {
      return std::nullopt;
    }
  }
  return bytes;
}

}  // namespace gantry::domain
