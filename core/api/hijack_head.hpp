// The hand-written heads of answers that give their connection away (behaviours.md 3.1, 3.2). Pure.
#pragma once

#include <string>

#include "core/base/error.hpp"
#include "core/http/exchange.hpp"

namespace gantry::api {

/// 101 when the client asked for an upgrade, else 200. `multiplexed`: the stream is framed.
/// `extra`: complete header lines.
std::string hijack_head(const http::Exchange& exchange, bool multiplexed,
                        const std::string& extra = {});
/// Head and text of an error on a connection that is closed after it.
std::string hijack_error(const Error& error);
/// A client's detach keys as bytes; `text` empty: Docker's default. Throws Error{invalid} `Invalid
/// detach keys (X) provided`.
std::string detach_key_bytes(const std::string& text);

}  // namespace gantry::api
