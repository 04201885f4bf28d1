#include "failure.hpp"

#include <cstring>

namespace gantry::shim {

void add_errno_text(Text<1024>& text, int error_number) {
  const char* words = ::strerrordesc_np(error_number);
  if (words == nullptr) {
    text.add("errno ").add(error_number);
    return;
  }
  // "No such file" but not "RPC struct is bad".
  char first = words[0];
  if (first >= 'A' && first <= 'Z' && words[1] >= 'a' && words[1] <= 'z') {
    first = static_cast<char>(first - 'A' + 'a');
  }
  text.add(std::string_view(&first, 1)).add(words + 1);
}

bool Failure::set(int error_code, std::string_view text) {
  code = error_code;
  os_errno = 0;
  message = Text<1024>(text);
  return false;
}

bool Failure::set_errno(int error_number, std::string_view text, int error_code) {
  code = error_code;
  os_errno = error_number;
  message = Text<1024>(text, ": ");
  add_errno_text(message, error_number);
  return false;
}

}  // namespace gantry::shim
