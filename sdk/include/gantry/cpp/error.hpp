// C++ wrapper of the plugin ABI, header-only, C++17: errors.
//
// Throw gantry::sdk::Error from any method of a plugin; the wrapper turns it into the status and
// message of the C call. Other exceptions become GANTRY_INTERNAL with their what(). None crosses
// the border. The wrapper lives in gantry::sdk: the engine's own C++ types (namespace gantry) are
// never part of the SDK, and a plugin never includes them.
#ifndef GANTRY_CPP_ERROR_HPP
#define GANTRY_CPP_ERROR_HPP

#include <gantry/abi.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <new>
#include <stdexcept>
#include <string>
#include <system_error>

namespace gantry::sdk {

class Error : public std::runtime_error {
 public:
  Error(gantry_errc code, const std::string& message, int os_errno = 0)
      : std::runtime_error(message), code_(code), os_errno_(os_errno) {}

  gantry_errc code() const noexcept { return code_; }
  /// errno of the failing system call, or 0.
  int os_errno() const noexcept { return os_errno_; }

 private:
  gantry_errc code_;
  int os_errno_;
};

/// The class of a failed call. A status that means success, or one that this header does not know
/// (of a newer peer), is GANTRY_INTERNAL.
inline gantry_errc failure_class(gantry_status status) noexcept {
  return status > GANTRY_OK && status <= GANTRY_INTERNAL ? static_cast<gantry_errc>(status)
                                                         : GANTRY_INTERNAL;
}

/// For a failed system call: "what: No such file or directory", with a class that fits the errno.
inline Error os_error(const std::string& what, int err = errno) {
  gantry_errc code = GANTRY_INTERNAL;
  switch (err) {
    case ENOENT:
      code = GANTRY_NOT_FOUND;
      break;
    case EACCES:
    case EPERM:
      code = GANTRY_PERMISSION;
      break;
    case ENOSPC:
    case ENOMEM:
    case EMFILE:
    case ENFILE:
    case EDQUOT:
      code = GANTRY_EXHAUSTED;
      break;
    case EBUSY:
    case EEXIST:
      code = GANTRY_CONFLICT;
      break;
    default:
      break;
  }
  return Error(code, what + ": " + std::generic_category().message(err), err);
}

namespace detail {

/// How many bytes of a text fit into `room`, without a part of a character of UTF-8 at the end.
inline std::size_t fitting(const char* text, std::size_t room) noexcept {
  const std::size_t size = std::strlen(text);
  if (size <= room) return size;
  const auto continues = [text](std::size_t at) {
    return (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
  };
  std::size_t end = room;
  while (end > 0 && room - end < 3 && continues(end)) --end;
  return end;
}

/// Never success: a plugin may have thrown a status that it had kept.
inline gantry_status fail(gantry_error* err, gantry_errc thrown, int os_errno,
                          const char* message) noexcept {
  const gantry_errc code = failure_class(thrown);
  if (err && GANTRY_HAS(err, gantry_error, message)) {
    err->code = code;
    err->os_errno = os_errno;
    const std::size_t n = fitting(message, sizeof err->message - 1);
    std::memcpy(err->message, message, n);
    err->message[n] = '\0';
  }
  return code;
}

/// Runs `body`; whatever it throws ends here.
template <class Body>
gantry_status guarded(gantry_error* err, Body&& body) noexcept {
  try {
    body();
    return GANTRY_OK;
  } catch (const Error& e) {
    return fail(err, e.code(), e.os_errno(), e.what());
  } catch (const std::bad_alloc&) {
    return fail(err, GANTRY_EXHAUSTED, ENOMEM, "out of memory");
  } catch (const std::system_error& e) {
    return fail(err, GANTRY_INTERNAL, e.code().value(), e.what());
  } catch (const std::exception& e) {
    return fail(err, GANTRY_INTERNAL, 0, e.what());
  } catch (...) {
    return fail(err, GANTRY_INTERNAL, 0, "unknown exception");
  }
}

}  // namespace detail
}  // namespace gantry::sdk

#endif
