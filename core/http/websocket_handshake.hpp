// The opening handshake of a WebSocket, the server's side (RFC 6455 4.2). Any thread.
#pragma once

#include <string>
#include <string_view>

#include "core/http/exchange.hpp"

namespace gantry::http {

/// False: the client speaks another version than ours, and has been told so.
bool agree_on_websocket_version(Exchange& exchange);
/// The head of the answer that opens the WebSocket. Throws Error{invalid} when the request is no
/// handshake.
std::string websocket_head(const Exchange& exchange);
/// What proves to the client that its key was understood.
std::string websocket_accept(std::string_view key);

}  // namespace gantry::http
