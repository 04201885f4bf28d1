// The one exception type of the core, and the classes it comes in.
//
// Thrown anywhere, caught in four places: http dispatch, the plugin callback trampoline, thread
// roots and main. `message` is in Docker's words where clients match on it.
#pragma once

#include <stdexcept>
#include <string>

namespace gantry {

/// Error classes; the same set crosses the plugin ABI (gantry_errc in sdk/include/gantry/abi.h).
enum class Errc {
  invalid,       // 400: the caller's input is wrong
  unauthorized,  // 401
  permission,    // 403
  not_found,     // 404
  conflict,      // 409: the object's state forbids it
  unsupported,   // 501
  unavailable,   // 503: a peer or a needed facility is not there
  cancelled,     // the caller went away
  timeout,       // 504
  exhausted,     // 500: disk, memory, addresses
  internal,      // 500
};

class Error : public std::runtime_error {
 public:
  /// A NUL in `message` becomes "\0", two characters: what() would end there.
  Error(Errc code, const std::string& message, int os_errno = 0);

  Errc code() const noexcept { return code_; }
  /// errno of the failing system call, or 0.
  int os_errno() const noexcept { return os_errno_; }

 private:
  Errc code_;
  int os_errno_;
};

/// Throws Error{invalid}.
[[noreturn]] void invalid(const std::string& message);
/// Throws Error{unsupported}.
[[noreturn]] void unsupported(const std::string& message);
/// Throws Error{internal} with "what: strerror(err)"; ENOSPC and EMFILE become `exhausted`.
[[noreturn]] void throw_errno(const std::string& what, int err);
/// The same with the current errno.
[[noreturn]] void throw_errno(const std::string& what);

}  // namespace gantry
