#include "core/grpc/client_session.hpp"

#include <utility>

#include "core/base/error.hpp"
#include "core/grpc/content_type.hpp"
#include "core/grpc/field_list.hpp"

namespace gantry::grpc {
namespace {

/// nghttp2 sends no more than 64 KiB, its own and ours together.
constexpr size_t kMaxFields = 60u << 10;

bool is_name(std::string_view text) {
  return nghttp2_check_header_name(reinterpret_cast<const std::uint8_t*>(text.data()),
                                   text.size()) != 0;
}

bool is_value(std::string_view text) {
  return nghttp2_check_header_value(reinterpret_cast<const std::uint8_t*>(text.data()),
                                    text.size()) != 0;
}

/// gRPC, "Errors": what an HTTP/2 error code means when no status has come.
Code code_of_http2(std::uint32_t error) {
  switch (error) {
    case NGHTTP2_REFUSED_STREAM:
      return Code::unavailable;
    case NGHTTP2_CANCEL:
      return Code::cancelled;
    case NGHTTP2_ENHANCE_YOUR_CALM:
      return Code::resource_exhausted;
    case NGHTTP2_INADEQUATE_SECURITY:
      return Code::permission_denied;
    default:
      return Code::internal;
  }
}

}  // namespace

ClientSession::ClientSession()
    : Session(Role::client, {{NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
                             {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kStreamWindow},
                             {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, HeaderBlock::kMaxSize}}) {}

std::shared_ptr<Stream> ClientSession::open(const std::string& path, const Metadata& metadata) {
  FieldList fields;
  fields.add(":method", "POST");
  fields.add(":scheme", "http");
  fields.add(":path", path);
  fields.add(":authority", "localhost");
  fields.add("te", "trailers");
  fields.add("content-type", kContentType);
  fields.add("user-agent", "gantry");
  bool proper = is_value(path);
  size_t size = path.size();
  for (const auto& [name, value] : metadata) {
    proper = proper && is_name(name) && !name.starts_with(':') && is_value(value);
    size += name.size() + value.size();
    fields.add(name, value);
  }
  if (!proper) throw Error(Errc::invalid, "a call's path or metadata cannot be sent");
  if (size > kMaxFields) throw Error(Errc::invalid, "a call's metadata is too large");

  auto stream = std::make_shared<Stream>();
  stream->path = path;
  const std::lock_guard lock(mutex_);
  if (closed_ || nghttp2_session_check_request_allowed(h2_) == 0)
    throw Error(Errc::unavailable, "the connection is closed");
  const nghttp2_data_provider provider = data_provider();
  const std::int32_t id =
      nghttp2_submit_request(h2_, nullptr, fields.data(), fields.size(), &provider, nullptr);
  if (id < 0)
    throw Error(id == NGHTTP2_ERR_NOMEM ? Errc::exhausted : Errc::unavailable,
                nghttp2_strerror(id));
  stream->id = id;
  streams_.emplace(id, stream);
  wake();
  return stream;
}

void ClientSession::close_send(Stream& stream) {
  const std::lock_guard lock(mutex_);
  if (stream.end) return;  // receive() tells how
  stream.outbox.end();
  nghttp2_session_resume_data(h2_, stream.id);
  wake();
}

void ClientSession::abandon(Stream& stream) {
  const std::lock_guard lock(mutex_);
  stream.inbox.clear();
  if (stream.end) return;
  fail(stream, {Code::cancelled, "the call was given up"});
  wake();
}

void ClientSession::headers_received(Stream& stream) {
  const HeaderBlock block = std::exchange(stream.block, {});
  if (stream.end) return;
  if (block.too_large())
    return fail(stream, {Code::resource_exhausted, "the answer's headers are too large"});
  stream.response.add(block.fields());
  if (!stream.response.is_grpc()) fail(stream, stream.response.status());
}

void ClientSession::peer_ended(Stream& stream) {
  Status status = stream.response.status();
  if (status.is_ok() && !stream.inbox.at_boundary())
    status = {Code::internal, "the server ended the call within a message"};
  end_call(stream, std::move(status));
  // The server does not listen any more.
  if (nghttp2_session_get_stream_local_close(h2_, stream.id) == 0) reset(stream, NGHTTP2_NO_ERROR);
}

void ClientSession::stream_closed(Stream& stream, std::uint32_t error) {
  end_call(stream, {code_of_http2(error), std::string("the server has reset the call: ") +
                                              nghttp2_http2_strerror(error)});
}

void ClientSession::fail(Stream& stream, Status status) {
  if (stream.end) return;
  end_call(stream, std::move(status));
  reset(stream, NGHTTP2_CANCEL);
}

}  // namespace gantry::grpc
