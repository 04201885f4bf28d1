// The plugin's exception is that of the SDK: `code` is a gantry_errc, `os_errno` the errno of the
// failing call or 0; the message is shown to users.
#pragma once

#include <gantry/cpp/error.hpp>
#include <string>

namespace gantry::oci {

using Error = sdk::Error;

/// "what: No space left on device". Full disks, tables and memory are GANTRY_EXHAUSTED, the rest
/// GANTRY_INTERNAL: a missing file of our own is not the user's "not found". A caller that knows
/// better throws its own Error.
Error os_error(const std::string& what, int os_errno);
[[noreturn]] void throw_errno(const std::string& what);  // with the current errno

}  // namespace gantry::oci
