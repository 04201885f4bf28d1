// Messages of calls as protobuf types. Any thread.
#pragma once

#include "core/base/error.hpp"
#include "core/grpc/call.hpp"

namespace gantry::buildkit {

/// The one message of a call with one. Throws Error{invalid} when it cannot be read.
template <typename Message>
Message receive_message(grpc::Call& call) {
  const auto text = call.receive(call.gone());
  Message message;
  if (!text || !message.ParseFromString(*text))
    throw Error(Errc::invalid, "the request's message cannot be read");
  return message;
}

template <typename Message>
grpc::Status send_message(grpc::Call& call, const Message& message) {
  call.send(message.SerializeAsString());
  return {};
}

}  // namespace gantry::buildkit
