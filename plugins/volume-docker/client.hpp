// One call of a plugin: HTTP/1.1 over a unix socket, TCP or TLS, with a deadline for all of it. A
// connection per call; a thread for a name's look-up, which may outlast it. Any thread.
#pragma once

#include <chrono>
#include <functional>
#include <gantry/cpp/error.hpp>
#include <string>
#include <string_view>

#include "answers.hpp"
#include "endpoint.hpp"

namespace volume_docker {

/// Nobody answered, or what came was no HTTP. GANTRY_UNAVAILABLE, GANTRY_TIMEOUT or
/// GANTRY_CANCELLED; the words are Docker's: `Post "http://…": dial unix …: connection refused`.
class CallFailed : public gantry::sdk::Error {
 public:
  using Error::Error;
};

/// How often `cancelled` is asked, at least (the ABI's).
constexpr std::chrono::milliseconds kCancelInterval{100};
constexpr std::size_t kLargestAnswer = 8u << 20;

/// POST /<method>. `cancelled` is asked now and then, if given. Throws CallFailed.
Reply post(const Endpoint& endpoint, const std::string& method, std::string_view body,
           std::chrono::steady_clock::time_point deadline,
           const std::function<bool()>& cancelled = {});

}  // namespace volume_docker
