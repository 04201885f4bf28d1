// From request to handler, and from what the handler throws to Docker's error answers: the one
// try/catch of the HTTP side. Any connection's thread.
#pragma once

#include "core/http/connection_exchange.hpp"
#include "core/http/router.hpp"

namespace gantry::http {

/// Never throws: the exchange is answered, given away or broken off afterwards.
/// `access_log`: the line for this request at info level rather than debug.
void dispatch(const Router& router, ConnectionExchange& exchange, bool access_log) noexcept;

}  // namespace gantry::http
