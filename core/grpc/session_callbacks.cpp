#include "core/grpc/session_callbacks.hpp"

#include <exception>
#include <memory>

#include "core/base/error.hpp"

namespace gantry::grpc {
namespace {

Session& session_of(void* user) { return *static_cast<Session*>(user); }

std::string_view text(const std::uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// No exception may pass through nghttp2: it ends the session (there is no memory, say).
template <class Body>
int guarded(const Body& body) noexcept {
  try {
    return body();
  } catch (const std::exception&) {
    return NGHTTP2_ERR_CALLBACK_FAILURE;
  }
}

bool ends_stream(const nghttp2_frame& frame) {
  return (frame.hd.type == NGHTTP2_HEADERS || frame.hd.type == NGHTTP2_DATA) &&
         (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
}

}  // namespace

int SessionCallbacks::begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user) {
  return guarded([&] {
    if (frame->hd.type != NGHTTP2_HEADERS) return int{NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE};
    if (frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
      if (!session_of(user).begin_headers(frame->hd.stream_id))
        return int{NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE};
    } else if (Stream* stream = session_of(user).find(frame->hd.stream_id)) {
      stream->block.clear();
    }
    return 0;
  });
}

int SessionCallbacks::header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                             size_t name_size, const std::uint8_t* value, size_t value_size,
                             std::uint8_t, void* user) {
  return guarded([&] {
    if (Stream* stream = session_of(user).find(frame->hd.stream_id))
      stream->block.add(text(name, name_size), text(value, value_size));
    return 0;
  });
}

int SessionCallbacks::frame_received(nghttp2_session*, const nghttp2_frame* frame, void* user) {
  return guarded([&] {
    Session& session = session_of(user);
    Stream* stream = session.find(frame->hd.stream_id);
    if (!stream) return 0;
    if (frame->hd.type == NGHTTP2_HEADERS) session.headers_received(*stream);
    if (ends_stream(*frame) && !stream->end) session.peer_ended(*stream);
    return 0;
  });
}

int SessionCallbacks::data_received(nghttp2_session*, std::uint8_t, std::int32_t id,
                                    const std::uint8_t* data, size_t size, void* user) {
  return guarded([&] {
    session_of(user).data_received(id, text(data, size));
    return 0;
  });
}

int SessionCallbacks::frame_sent(nghttp2_session*, const nghttp2_frame* frame, void* user) {
  return guarded([&] {
    if (!ends_stream(*frame)) return 0;
    if (Stream* stream = session_of(user).find(frame->hd.stream_id))
      session_of(user).end_stream_sent(*stream);
    return 0;
  });
}

int SessionCallbacks::frame_not_sent(nghttp2_session*, const nghttp2_frame* frame, int,
                                     void* user) {
  return guarded([&] {
    // HTTP/2 has no stream yet that could be closed.
    if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST)
      session_of(user).request_not_sent(frame->hd.stream_id);
    return 0;
  });
}

int SessionCallbacks::stream_closed(nghttp2_session*, std::int32_t id, std::uint32_t error,
                                    void* user) {
  return guarded([&] {
    session_of(user).closed_by_http2(id, error);
    return 0;
  });
}

ssize_t SessionCallbacks::read_data(nghttp2_session*, std::int32_t id, std::uint8_t* out,
                                    size_t limit, std::uint32_t* flags, nghttp2_data_source*,
                                    void* user) {
  return guarded([&] {
    Session& session = session_of(user);
    Stream* stream = session.find(id);
    if (!stream) return int{NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE};
    Outbox& outbox = stream->outbox;
    if (outbox.empty() && !outbox.ended()) return int{NGHTTP2_ERR_DEFERRED};
    const bool had_room = outbox.has_room();
    const size_t size = outbox.take(out, limit);
    if (!had_room && outbox.has_room()) stream->changed.notify_all();
    if (outbox.empty() && outbox.ended()) *flags |= session.finish_data(*stream);
    return static_cast<int>(size);
  });
}

nghttp2_session* SessionCallbacks::make(Session& session, bool server) {
  nghttp2_session_callbacks* raw_callbacks = nullptr;
  nghttp2_option* raw_option = nullptr;
  nghttp2_session_callbacks_new(&raw_callbacks);
  const std::unique_ptr<nghttp2_session_callbacks, decltype(&nghttp2_session_callbacks_del)>
      callbacks(raw_callbacks, nghttp2_session_callbacks_del);
  nghttp2_option_new(&raw_option);
  const std::unique_ptr<nghttp2_option, decltype(&nghttp2_option_del)> option(raw_option,
                                                                              nghttp2_option_del);
  if (!callbacks || !option) throw Error(Errc::exhausted, "no memory for an HTTP/2 session");
  nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks.get(), begin_headers);
  nghttp2_session_callbacks_set_on_header_callback(callbacks.get(), header);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks.get(), frame_received);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks.get(), data_received);
  nghttp2_session_callbacks_set_on_frame_send_callback(callbacks.get(), frame_sent);
  nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks.get(), frame_not_sent);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks.get(), stream_closed);
  nghttp2_option_set_no_auto_window_update(option.get(), 1);
  nghttp2_option_set_no_closed_streams(option.get(), 1);  // they serve priorities only

  nghttp2_session* h2 = nullptr;
  const int failed =
      server ? nghttp2_session_server_new2(&h2, callbacks.get(), &session, option.get())
             : nghttp2_session_client_new2(&h2, callbacks.get(), &session, option.get());
  if (failed != 0) throw Error(Errc::exhausted, nghttp2_strerror(failed));
  return h2;
}

}  // namespace gantry::grpc
