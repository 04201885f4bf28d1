#include "core/base/openssl_reason.hpp"

#include <openssl/err.h>

#include <system_error>

namespace gantry {

std::string openssl_reason() {
  const unsigned long failure = ERR_peek_error();
  ERR_clear_error();
  if (ERR_GET_LIB(failure) == ERR_LIB_SYS)
    return std::generic_category().message(ERR_GET_REASON(failure));
  const char* reason = ERR_reason_error_string(failure);
  return reason ? reason : "not usable";
}

}  // namespace gantry
