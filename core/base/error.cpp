#include "core/base/error.hpp"

#include <cerrno>
#include <system_error>

namespace gantry {

void throw_errno(const std::string& what, int err) {
  const Errc code =
      err == ENOSPC || err == EDQUOT || err == EMFILE || err == ENFILE || err == ENOMEM
          ? Errc::exhausted
          : Errc::internal;
  throw Error(code, what + ": " + std::generic_category().message(err), err);
}

void throw_errno(const std::string& what) { throw_errno(what, errno); }

}  // namespace gantry
