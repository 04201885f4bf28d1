// The options of the driver "gelf". Pure; any thread. Errors: gantry::sdk::Error{GANTRY_INVALID} in
// Docker's words.
#pragma once

#include <gantry/cpp/logging.hpp>

#include "net/endpoint.hpp"

namespace log_remote::gelf {

enum class Compression { kNone, kGzip, kZlib };

struct Settings {
  Endpoint endpoint;
  Compression compression = Compression::kGzip;  // of datagrams
  int level = 1;                                 // zlib's
};

Settings parse_options(const gantry::sdk::LogOptions& options);

}  // namespace log_remote::gelf
