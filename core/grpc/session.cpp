#include "core/grpc/session.hpp"

#include <utility>

#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/grpc/session_callbacks.hpp"

namespace gantry::grpc {
namespace {

/// Streams wait for their readers with their own windows; the connection's only keeps a socket
/// busy. It does not wait: readers that are slow would stop the others.
constexpr std::int32_t kConnectionWindow = 4 << 20;
/// Frames to be sent. A peer that causes more, and reads none, fills our memory.
constexpr size_t kMaxQueuedFrames = 10'000;

/// Of a call that has ended with this.
Error failure(const Status& status) {
  if (!status.message.empty()) return error_of(status);
  return error_of({status.code, "the call has failed with gRPC status " +
                                    std::to_string(static_cast<int>(status.code))});
}

}  // namespace

Session::Session(Role role, const std::vector<nghttp2_settings_entry>& settings) {
  h2_ = SessionCallbacks::make(*this, role == Role::server);
  int failed = nghttp2_submit_settings(h2_, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  if (failed == 0)
    failed = nghttp2_session_set_local_window_size(h2_, NGHTTP2_FLAG_NONE, 0, kConnectionWindow);
  if (failed == 0) return;
  nghttp2_session_del(h2_);
  throw Error(Errc::exhausted, nghttp2_strerror(failed));
}

Session::~Session() { nghttp2_session_del(h2_); }

bool Session::feed(std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  const auto taken = nghttp2_session_mem_recv(
      h2_, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  if (taken < 0) {
    log::debug(std::string("grpc: ") + nghttp2_strerror(static_cast<int>(taken)));
    return false;
  }
  return nghttp2_session_get_outbound_queue_size(h2_) <= kMaxQueuedFrames;
}

bool Session::fill(std::string& out) {
  const std::lock_guard lock(mutex_);
  while (out.size() < kBatch) {
    const std::uint8_t* data = nullptr;
    const auto size = nghttp2_session_mem_send(h2_, &data);
    if (size < 0) {
      log::debug(std::string("grpc: ") + nghttp2_strerror(static_cast<int>(size)));
      return false;
    }
    if (size == 0) break;
    out.append(reinterpret_cast<const char*>(data), static_cast<size_t>(size));
  }
  return true;
}

bool Session::wants_input() const {
  const std::lock_guard lock(mutex_);
  return nghttp2_session_want_read(h2_) != 0;
}

bool Session::is_closed() const {
  const std::lock_guard lock(mutex_);
  return closed_;
}

void Session::note_woken() {
  const std::lock_guard lock(mutex_);
  wake_.drain();
  woken_ = false;
}

void Session::wake() {
  if (!std::exchange(woken_, true)) wake_.notify();
}

void Session::fire_gone() {
  std::vector<std::stop_source> gone;
  {
    const std::lock_guard lock(mutex_);
    gone.swap(gone_);
  }
  for (std::stop_source& source : gone) source.request_stop();
}

void Session::end(const std::string& reason) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    closed_ = true;
    for (const auto& [id, stream] : streams_) {
      if (!stream->end) stream->inbox.clear();
      end_call(*stream, {Code::unavailable, reason});
    }
    streams_.clear();
    nghttp2_session_terminate_session(h2_, NGHTTP2_NO_ERROR);
    wake();
  }
  fire_gone();
}

Stream* Session::find(std::int32_t id) {
  const auto found = streams_.find(id);
  return found == streams_.end() ? nullptr : found->second.get();
}

bool Session::begin_headers(std::int32_t id) {
  std::shared_ptr<Stream> stream = closed_ ? nullptr : accept();
  if (!stream) return false;
  stream->id = id;
  streams_.emplace(id, std::move(stream));
  return true;
}

void Session::data_received(std::int32_t id, std::string_view bytes) {
  nghttp2_session_consume_connection(h2_, bytes.size());
  Stream* stream = find(id);
  if (!stream || stream->end) {
    // Thrown away at once: a peer that waits for room would never read what we have for it.
    nghttp2_session_consume_stream(h2_, id, bytes.size());
    return;
  }
  const bool was_empty = stream->inbox.empty();
  if (Status status = stream->inbox.add(bytes); !status.is_ok())
    return fail(*stream, std::move(status));
  give_back(*stream);
  if (was_empty && !stream->inbox.empty()) stream->changed.notify_all();
}

void Session::give_back(Stream& stream) {
  if (const size_t size = stream.inbox.take_released(); size > 0)
    nghttp2_session_consume_stream(h2_, stream.id, size);
}

void Session::closed_by_http2(std::int32_t id, std::uint32_t error) {
  const auto found = streams_.find(id);
  if (found == streams_.end()) return;
  const std::shared_ptr<Stream> stream = std::move(found->second);
  streams_.erase(found);
  stream_closed(*stream, error);
}

void Session::request_not_sent(std::int32_t id) { closed_by_http2(id, NGHTTP2_REFUSED_STREAM); }

void Session::end_call(Stream& stream, Status status) {
  if (stream.end) return;
  if (!status.is_ok()) gone_.push_back(stream.gone);
  stream.end = std::move(status);
  stream.outbox.clear();
  stream.changed.notify_all();
}

void Session::reset(const Stream& stream, std::uint32_t error) {
  nghttp2_submit_rst_stream(h2_, NGHTTP2_FLAG_NONE, stream.id, error);
}

nghttp2_data_provider Session::data_provider() {
  return {.source = {.ptr = nullptr}, .read_callback = SessionCallbacks::read_data};
}

std::optional<std::string> Session::receive(Stream& stream, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  stream.changed.wait(lock, stop, [&] {
    return !stream.inbox.empty() || stream.peer_ended || stream.end.has_value();
  });
  if (stop.stop_requested()) {
    fail(stream, {Code::cancelled, "the call was cancelled"});
    wake();
    throw Error(Errc::cancelled, "the call was cancelled");
  }
  if (!stream.inbox.empty()) {
    std::string message = stream.inbox.take();
    give_back(stream);
    if (nghttp2_session_want_write(h2_)) wake();
    return message;
  }
  if (stream.end && !stream.end->is_ok()) throw failure(*stream.end);
  return std::nullopt;
}

void Session::send(Stream& stream, std::string_view message) {
  std::unique_lock lock(mutex_);
  if (message.size() > kMaxMessage && !stream.end) {
    fail(stream, {Code::resource_exhausted, "a message is larger than the limit"});
    wake();
  }
  stream.changed.wait(lock, [&] { return stream.outbox.has_room() || stream.end.has_value(); });
  if (stream.end)
    throw stream.end->is_ok() ? Error(Errc::cancelled, "the peer has ended the call")
                              : failure(*stream.end);
  if (stream.outbox.ended()) throw Error(Errc::internal, "a message after the last one");
  begin_data(stream);
  stream.outbox.put(message);
  nghttp2_session_resume_data(h2_, stream.id);
  wake();
}

}  // namespace gantry::grpc
