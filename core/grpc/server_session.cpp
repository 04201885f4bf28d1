#include "core/grpc/server_session.hpp"

#include <string>
#include <utility>

#include "core/base/digest.hpp"
#include "core/base/error.hpp"
#include "core/grpc/content_type.hpp"
#include "core/grpc/field_list.hpp"
#include "core/grpc/status_message.hpp"

namespace gantry::grpc {
namespace {

constexpr std::uint32_t kMaxStreams = 100;
constexpr size_t kMaxDetails = 40u << 10;
/// A stream that the client has reset counts no more for HTTP/2, but its handler may be at work.
constexpr size_t kMaxHandlers = 2 * kMaxStreams;

/// HTTP/2's fields and gRPC's own are no metadata.
bool is_metadata(std::string_view name) {
  return !name.starts_with(':') && !name.starts_with("grpc-") && name != "te" &&
         name != "content-type";
}

std::string_view find_field(const Metadata& fields, std::string_view name) {
  for (const auto& [key, value] : fields)
    if (key == name) return value;
  return {};
}

/// Nothing when a peer would refuse them for their size, and the status with them.
std::string encode_details(const Status& status) {
  return status.details.size() > kMaxDetails ? std::string() : base64_encode(status.details);
}

}  // namespace

ServerSession::ServerSession()
    : Session(Role::server, {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, kMaxStreams},
                             {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kStreamWindow},
                             {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, HeaderBlock::kMaxSize}}) {}

std::vector<std::shared_ptr<Stream>> ServerSession::take_calls() {
  const std::lock_guard lock(mutex_);
  return std::exchange(calls_, {});
}

std::shared_ptr<Stream> ServerSession::accept() { return std::make_shared<Stream>(); }

void ServerSession::headers_received(Stream& stream) {
  if (std::exchange(stream.requested, true)) return;  // trailers
  const HeaderBlock block = std::exchange(stream.block, {});
  if (block.too_large())
    return fail(stream, {Code::resource_exhausted, "the request's headers are too large"});
  if (find_field(block.fields(), ":method") != "POST") return answer_http(stream, "405");
  if (!is_grpc(find_field(block.fields(), "content-type"))) return answer_http(stream, "415");
  if (handlers_ >= kMaxHandlers)
    return fail(stream, {Code::unavailable, "too many calls are being answered"});
  stream.path = find_field(block.fields(), ":path");
  for (const auto& [name, value] : block.fields())
    if (is_metadata(name)) stream.metadata.emplace_back(name, value);
  calls_.push_back(streams_.at(stream.id));
  ++handlers_;
}

void ServerSession::peer_ended(Stream& stream) {
  if (!stream.inbox.at_boundary())
    return fail(stream, {Code::internal, "the client ended the call within a message"});
  stream.peer_ended = true;
  stream.changed.notify_all();
}

void ServerSession::stream_closed(Stream& stream, std::uint32_t) {
  stream.inbox.clear();
  end_call(stream, {Code::cancelled, "the client has cancelled the call"});
  stream.outbox.clear();  // of a call that was finished, and is not wanted any more
}

void ServerSession::end_stream_sent(Stream& stream) {
  // The client may have more to say, and we do not listen any more.
  if (nghttp2_session_get_stream_remote_close(h2_, stream.id) == 0) reset(stream, NGHTTP2_NO_ERROR);
}

void ServerSession::begin_data(Stream& stream) {
  if (std::exchange(stream.answered, true)) return;
  FieldList fields;
  fields.add(":status", "200");
  fields.add("content-type", kContentType);
  const nghttp2_data_provider provider = data_provider();
  if (nghttp2_submit_response(h2_, stream.id, fields.data(), fields.size(), &provider) != 0)
    throw Error(Errc::exhausted, "no memory for an answer");
}

std::uint32_t ServerSession::finish_data(Stream& stream) {
  const std::string code = std::to_string(static_cast<int>(stream.end->code));
  const std::string message = encode_status_message(stream.end->message);
  FieldList fields;
  fields.add("grpc-status", code);
  if (!message.empty()) fields.add("grpc-message", message);
  const std::string details = encode_details(*stream.end);
  if (!details.empty()) fields.add("grpc-status-details-bin", details);
  if (nghttp2_submit_trailer(h2_, stream.id, fields.data(), fields.size()) != 0)
    throw Error(Errc::exhausted, "no memory for a status");
  return NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
}

/// With the status in stream.end, behind the messages if there are any.
void ServerSession::answer(Stream& stream) {
  if (stream.answered) {
    stream.outbox.end();
    nghttp2_session_resume_data(h2_, stream.id);
    return;
  }
  stream.answered = true;
  const std::string code = std::to_string(static_cast<int>(stream.end->code));
  const std::string message = encode_status_message(stream.end->message);
  FieldList fields;
  fields.add(":status", "200");
  fields.add("content-type", kContentType);
  fields.add("grpc-status", code);
  if (!message.empty()) fields.add("grpc-message", message);
  const std::string details = encode_details(*stream.end);
  if (!details.empty()) fields.add("grpc-status-details-bin", details);
  nghttp2_submit_response(h2_, stream.id, fields.data(), fields.size(), nullptr);
}

void ServerSession::answer_http(Stream& stream, std::string_view http_status) {
  end_call(stream, {Code::internal, "not a gRPC request"});
  FieldList fields;
  fields.add(":status", http_status);
  nghttp2_submit_response(h2_, stream.id, fields.data(), fields.size(), nullptr);
}

void ServerSession::fail(Stream& stream, Status status) {
  if (stream.end) return;
  end_call(stream, std::move(status));
  answer(stream);
}

void ServerSession::finish(Stream& stream, Status status) {
  const std::lock_guard lock(mutex_);
  --handlers_;
  if (stream.end) return;
  stream.end = std::move(status);
  stream.inbox.clear();
  give_back(stream);
  answer(stream);
  wake();
}

}  // namespace gantry::grpc
