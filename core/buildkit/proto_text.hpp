// Text of others in messages: a string of protobuf is UTF-8, or its reader refuses the message.
// Any thread.
#pragma once

#include <google/protobuf/message_lite.h>

#include <string>

#include "core/json/reader.hpp"
#include "core/json/writer.hpp"

namespace gantry::buildkit {

/// Bytes that are no UTF-8 become U+FFFD.
inline std::string proto_text(const std::string& text) {
  return json::Document::parse(json::quote(text)).root().str();
}

/// What clients send wrong is told to them: the library would write it to stderr, every time. For
/// the whole process, before there are others that use it.
inline void silence_protobuf() {
#if GOOGLE_PROTOBUF_VERSION < 4022000  // later ones have another log
  google::protobuf::SetLogHandler(nullptr);
#endif
}

}  // namespace gantry::buildkit
