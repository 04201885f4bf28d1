// The state of one call, which is one HTTP/2 stream. Plain data, guarded by the mutex of its
// session, except for what is said to be fixed. Shared by the session and the Call: the former lets
// it go when HTTP/2's stream is closed.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

#include "core/grpc/call.hpp"
#include "core/grpc/header_block.hpp"
#include "core/grpc/inbox.hpp"
#include "core/grpc/outbox.hpp"
#include "core/grpc/response.hpp"
#include "core/grpc/status.hpp"

namespace gantry::grpc {

struct Stream {
  std::int32_t id = 0;                  // fixed
  std::string path;                     // fixed before a Call sees it, like the next one
  Metadata metadata;                    // server
  std::condition_variable_any changed;  // the inbox has filled, the outbox emptied, the call ended
  HeaderBlock block;                    // the one that is coming in
  Inbox inbox;
  Outbox outbox;
  bool peer_ended = false;    // no more messages from there
  std::optional<Status> end;  // the call is over: nothing goes into the boxes any more
  std::stop_source gone;

  bool requested = false;  // server: the request's headers are there
  bool answered = false;   // server: ours are on their way
  Response response;       // client
};

}  // namespace gantry::grpc
