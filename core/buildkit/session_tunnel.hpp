// A session inside a call: some clients have no second connection for it (Control.Session). What
// the call carries goes to a socket and back. Any thread.
#pragma once

#include "core/base/unique_fd.hpp"
#include "core/grpc/call.hpp"

namespace gantry::buildkit {

/// Carries bytes between the call's messages and the socket until one of them ends; then neither is
/// of use any more. Blocks.
void carry(grpc::Call& call, UniqueFd socket);

}  // namespace gantry::buildkit
