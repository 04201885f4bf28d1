// What nghttp2 calls while it works for a Session: C functions that pass it on. They run on the
// thread that called nghttp2, with the session's mutex held.
#pragma once

#include <nghttp2/nghttp2.h>

#include "core/grpc/session.hpp"

namespace gantry::grpc {

struct SessionCallbacks {
  /// A new nghttp2 session that calls `session`; throws Error.
  static nghttp2_session* make(Session& session, bool server);
  static ssize_t read_data(nghttp2_session* h2, std::int32_t id, std::uint8_t* out, size_t limit,
                           std::uint32_t* flags, nghttp2_data_source* source, void* user);

 private:
  static int begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user);
  static int header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                    size_t name_size, const std::uint8_t* value, size_t value_size, std::uint8_t,
                    void* user);
  static int frame_received(nghttp2_session*, const nghttp2_frame* frame, void* user);
  static int data_received(nghttp2_session*, std::uint8_t, std::int32_t id,
                           const std::uint8_t* data, size_t size, void* user);
  static int frame_sent(nghttp2_session*, const nghttp2_frame* frame, void* user);
  static int frame_not_sent(nghttp2_session*, const nghttp2_frame* frame, int, void* user);
  static int stream_closed(nghttp2_session*, std::int32_t id, std::uint32_t error, void* user);
};

}  // namespace gantry::grpc
