// Why something did not work: the shim's way of an error, since it is built without exceptions.
// Functions that can fail take a Failure& and return false after filling it.
#pragma once

#include <gantry/abi.h>

#include <string_view>

#include "text.hpp"

namespace gantry::shim {

struct Failure {
  int code = GANTRY_INTERNAL;  // gantry_errc
  int os_errno = 0;
  Text<1024> message;

  // Both return false, to be used as `return why.set(…)`.
  bool set(int error_code, std::string_view text);
  // "text: no such file or directory": errno's text as Go and thereby Docker writes it.
  bool set_errno(int error_number, std::string_view text, int error_code = GANTRY_INTERNAL);
};

// In lower case, like Go's.
void add_errno_text(Text<1024>& text, int error_number);

}  // namespace gantry::shim
