#include "core/base/openssl_reason.hpp"

#include <openssl/err.h>

namespace gantry {

std::string openssl_reason() {
  const char* reason = ERR_reason_error_string(ERR_peek_error());
  ERR_clear_error();
  return reason ? reason : "not usable";
}

}  // namespace gantry
