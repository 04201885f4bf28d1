#include "base/error.hpp"

#include <cerrno>
#include <system_error>

namespace gantry::oci {

Error os_error(const std::string& what, int os_errno) {
  gantry_errc code = GANTRY_INTERNAL;
  switch (os_errno) {
    case ENOSPC:
    case EDQUOT:
    case ENOMEM:
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
      code = GANTRY_EXHAUSTED;
      break;
    default:
      break;
  }
  return Error(code, what + ": " + std::generic_category().message(os_errno), os_errno);
}

void throw_errno(const std::string& what) { throw os_error(what, errno); }

}  // namespace gantry::oci
