// What OpenSSL has to say of a failure. Any thread, of its own failures.
#pragma once

#include <string>

namespace gantry {

/// Why it came to the failure, in OpenSSL's words; the thread's list of failures is empty then.
/// Empty it (ERR_clear_error) before what may fail.
std::string openssl_reason();

}  // namespace gantry
