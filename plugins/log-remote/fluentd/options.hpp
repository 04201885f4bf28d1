// The options of the driver "fluentd". Pure; any thread. Errors: gantry::sdk::Error{GANTRY_INVALID}
// in Docker's words.
#pragma once

#include <chrono>
#include <gantry/cpp/logging.hpp>

#include "net/endpoint.hpp"

namespace log_remote::fluentd {

struct Settings {
  Endpoint endpoint;
  bool sub_second_precision = false;
  bool request_ack = false;
  std::chrono::milliseconds write_timeout{5000};  // of a send that does not move
  std::chrono::milliseconds read_timeout{60000};  // of an acknowledgement
};

/// fluentd-async, -async-connect, -async-reconnect-interval, -buffer-limit, -retry-wait and
/// -max-retries are checked and have no other effect: the host buffers and tries again.
Settings parse_options(const gantry::sdk::LogOptions& options);

}  // namespace log_remote::fluentd
