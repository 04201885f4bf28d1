// The text of a status on the wire: gRPC's "grpc-message", percent-encoded. Pure: any thread.
#pragma once

#include <string>
#include <string_view>

namespace gantry::grpc {

/// Cut to a few KiB: a peer refuses header fields that are too long, and the status with them.
std::string encode_status_message(std::string_view message);
/// What is no proper escape stays as it is: a text is better than none.
std::string decode_status_message(std::string_view text);

}  // namespace gantry::grpc
