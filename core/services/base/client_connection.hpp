// A client's connection on its way from the HTTP server to a supervisor (attach, exec start).
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "core/base/unique_fd.hpp"

namespace gantry::services {

struct ClientConnection {
  UniqueFd fd;
  std::string read_ahead;  // what came behind the request already
};

/// Answers the request with the head of a raw stream and gives the connection away. Until it is
/// called errors are ordinary HTTP answers. Called at most once.
using TakeConnection = std::function<ClientConnection()>;

/// For await_reader() before anything follows that head: Docker's SDK for Python throws away what
/// it gets together with it.
constexpr std::chrono::milliseconds kHeadPatience{1000};

/// One chunk for a raw stream: framed as Docker's multiplexed stream (stream 1 stdout, 2 stderr),
/// or plain.
std::string stream_chunk(bool framed, int stream, const std::string& text);

}  // namespace gantry::services
