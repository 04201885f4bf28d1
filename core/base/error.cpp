#include "core/base/error.hpp"

#include <cerrno>
#include <system_error>

namespace gantry {
namespace {

std::string without_nul(std::string message) {
  for (size_t at = 0; (at = message.find('\0', at)) != std::string::npos;)
    message.replace(at, 1, "\\0");
  return message;
}

}  // namespace

Error::Error(Errc code, const std::string& message, int os_errno)
    : std::runtime_error(message.find('\0') == std::string::npos ? message : without_nul(message)),
      code_(code),
      os_errno_(os_errno) {}

void invalid(const std::string& message) { throw Error(Errc::invalid, message); }

void unsupported(const std::string& message) { throw Error(Errc::unsupported, message); }

void throw_errno(const std::string& what, int err) {
  const Errc code =
      err == ENOSPC || err == EDQUOT || err == EMFILE || err == ENFILE || err == ENOMEM
          ? Errc::exhausted
          : Errc::internal;
  throw Error(code, what + ": " + std::generic_category().message(err), err);
}

void throw_errno(const std::string& what) { throw_errno(what, errno); }

}  // namespace gantry
