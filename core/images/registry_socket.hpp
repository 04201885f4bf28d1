// TCP connections that can be given up: every address of a host is tried in turn, with a deadline
// and a stop token. Any thread. Name resolution itself cannot be stopped, only its result be
// ignored.
#pragma once

#include <chrono>
#include <cstdint>
#include <stop_token>
#include <string>

#include "core/base/unique_fd.hpp"

namespace gantry::images {

/// A connected, blocking socket with TCP_NODELAY. Throws Error{unavailable} ("dial tcp …: connect:
/// connection refused"), Error{timeout}, Error{cancelled}.
UniqueFd connect_tcp(const std::string& host, std::uint16_t port, std::chrono::milliseconds limit,
                     const std::stop_token& stop);

}  // namespace gantry::images
