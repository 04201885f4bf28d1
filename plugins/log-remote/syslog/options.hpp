// The options of the driver "syslog". Pure but for a look whether a socket's path exists; any
// thread. Errors: gantry::sdk::Error{GANTRY_INVALID} in Docker's words.
#pragma once

#include <gantry/cpp/logging.hpp>
#include <vector>

#include "net/endpoint.hpp"

namespace log_remote::syslog {

enum class Format { kUnix, kRfc3164, kRfc5424, kRfc5424Micro };

struct Settings {
  std::vector<Endpoint> endpoints;  // the first that answers
  int facility = 3;                 // daemon
  Format format = Format::kUnix;
  bool octet_counting = false;  // RFC 5425: the length stands before each message
};

Settings parse_options(const gantry::sdk::LogOptions& options);

}  // namespace log_remote::syslog
