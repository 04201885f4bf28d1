// Text of others in messages: a string of protobuf is UTF-8, or its reader refuses the message.
// Pure, any thread.
#pragma once

#include <string>

#include "core/json/reader.hpp"
#include "core/json/writer.hpp"

namespace gantry::buildkit {

/// Bytes that are no UTF-8 become U+FFFD.
inline std::string proto_text(const std::string& text) {
  return json::Document::parse(json::Writer().str(text).take()).root().str();
}

}  // namespace gantry::buildkit
