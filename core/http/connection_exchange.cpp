#include "core/http/connection_exchange.hpp"

#include <Poco/Net/MediaType.h>

#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/http/output.hpp"
#include "core/http/status.hpp"

namespace gantry::http {
namespace {

/// Up to this size copying the body behind its head is cheaper than a second iovec.
constexpr size_t kCopyLimit = 4096;
constexpr size_t kDiscardBeforeHijack = 64u << 10;
constexpr std::string_view kEmptyChunkedBody = "0\r\n\r\n";

/// behaviours.md 1.7.
void check_json(const std::string& content_type) {
  std::string essence;
  try {
    const Poco::Net::MediaType type(content_type);
    essence = text::lower(type.getType() + "/" + type.getSubType());
  } catch (const std::exception&) {
    essence.clear();
  }
  if (essence.size() <= 1)
    throw Error(Errc::invalid, "malformed Content-Type header (" + content_type + ")");
  if (essence != "application/json")
    throw Error(Errc::invalid, "unsupported Content-Type header (" + content_type +
                                   "): must be 'application/json'");
}

}  // namespace

ConnectionExchange::ConnectionExchange(Connection& connection, const RequestHead& head)
    : connection_(connection),
      head_(head),
      target_(split_target(head.target)),
      method_(head.method),
      path_(target_.path),
      body_(head, connection.input(), connection.fd(),
            connection.context().options.body_idle_timeout),
      extra_(connection.extra_headers()),
      reusable_(head.keep_alive) {
  extra_.clear();
}

void ConnectionExchange::set_route(ApiVersion version, Match match) {
  version_ = version;
  match_ = std::move(match);
}

const Query& ConnectionExchange::query() const {
  if (!query_) query_ = Query::parse(target_.query);
  return *query_;
}

const std::string& ConnectionExchange::param(std::string_view name) const {
  const auto it = match_.params.find(name);
  if (it == match_.params.end())
    throw Error(Errc::internal, "the route has no parameter " + std::string(name));
  return it->second;
}

std::string ConnectionExchange::header(std::string_view name) const {
  return std::string(head_.find(name).value_or(std::string_view{}));
}

std::vector<std::string> ConnectionExchange::headers(std::string_view name) const {
  return head_.find_all(name);
}

std::string ConnectionExchange::read_body(size_t limit, bool json) {
  if (!has_body()) return {};
  if (json) check_json(header("Content-Type"));
  const auto too_large = [&]() -> Error {
    return {Errc::invalid, "request body is larger than " + std::to_string(limit) + " bytes"};
  };
  if (!head_.chunked && head_.content_length > limit) throw too_large();
  std::string content;
  if (!head_.chunked) content.reserve(static_cast<size_t>(head_.content_length));
  char buffer[8192];
  while (const size_t n = body_.read(buffer, sizeof buffer)) {
    if (n > limit - content.size()) throw too_large();
    content.append(buffer, n);
  }
  return content;
}

void ConnectionExchange::set_header(std::string_view name, std::string_view value) {
  if (std::any_of(value.begin(), value.end(),
                  [](char c) { return c == '\r' || c == '\n' || c == '\0'; }))
    throw Error(Errc::internal, "header value with a line end: " + std::string(name));
  extra_.append(name).append(": ").append(value).append("\r\n");
}

void ConnectionExchange::check_unanswered() const {
  if (answered_) throw Error(Errc::internal, "a request was answered twice");
}

void ConnectionExchange::begin_answer(int status) {
  check_unanswered();
  answered_ = true;
  status_ = status;
  // Who was to wait for "100 Continue" may now send the body or not: the two cannot be told apart.
  if (head_.expects_continue && !body_.finished()) reusable_ = false;
}

void ConnectionExchange::send(int status, std::string_view content_type, std::string_view body) {
  begin_answer(status);
  ResponseHead head;
  head.status = status;
  head.minor_version = head_.minor_version;
  head.content_type = content_type;
  head.extra = extra_;
  head.end = is_bodyless(status) ? BodyEnd::none : BodyEnd::length;
  head.length = body.size();
  head.keep_alive = reusable_;
  if (is_bodyless(status) || method_ == "HEAD") body = {};
  std::string& out = connection_.scratch();
  out.clear();
  connection_.heads().append(out, head);
  bytes_sent_ = body.size();
  bool sent;
  if (body.size() <= kCopyLimit) {
    out += body;
    sent = try_send_all(connection_.fd(), out);
  } else {
    sent = try_send_all(connection_.fd(), {out, body});
  }
  if (!sent) reusable_ = false;
}

ResponseStream& ConnectionExchange::stream(std::string_view content_type, int status) {
  const bool silent = method_ == "HEAD";
  const bool chunked = head_.minor_version == 1;
  begin_answer(status);
  if (!chunked || silent) reusable_ = false;
  ResponseHead head;
  head.status = status;
  head.minor_version = head_.minor_version;
  head.content_type = content_type;
  head.extra = extra_;
  head.end = chunked ? BodyEnd::chunked : BodyEnd::close;
  head.keep_alive = reusable_;
  std::string& out = connection_.scratch();
  out.clear();
  connection_.heads().append(out, head);
  stream_.emplace(connection_.fd(), chunked, silent);
  connection_.set_phase(Phase::streaming);
  connection_.lift_send_timeout();
  if (!try_send_all(connection_.fd(), out)) stream_->give_up();
  return *stream_;
}

Hijacked ConnectionExchange::hijack(std::string_view head) {
  check_unanswered();
  // A body that the handler did not want must not be taken for the client's input. Of a chunked one
  // nobody knows where it ends while the client keeps the connection: it is the input, as in
  // dockerd, but for an empty one whose end came along with the head (Node's clients send it).
  if (!head_.chunked) {
    if (!body_.discard(kDiscardBeforeHijack)) throw Error(Errc::invalid, "request body too large");
  } else if (!body_.finished() && connection_.input().unread().starts_with(kEmptyChunkedBody)) {
    connection_.input().consume(kEmptyChunkedBody.size());
  }
  // From here on stop() does not know the connection: a session that begins now survives the
  // daemon.
  UniqueFd fd = connection_.detach();
  begin_answer(head.starts_with("HTTP/1.1 101") ? 101 : 200);
  reusable_ = false;
  if (!try_send_all(fd.get(), head)) throw Error(Errc::cancelled, "the client's connection broke");
  return {std::move(fd), std::string(connection_.input().unread())};
}

Upgraded ConnectionExchange::upgrade(std::string_view head) {
  check_unanswered();
  if (!body_.discard(kDiscardBeforeHijack)) throw Error(Errc::invalid, "request body too large");
  begin_answer(101);
  reusable_ = false;
  connection_.lift_send_timeout();
  if (!try_send_all(connection_.fd(), head))
    throw Error(Errc::cancelled, "the client's connection broke");
  InputBuffer& input = connection_.input();
  Upgraded upgraded{connection_.fd(), std::string(input.unread())};
  input.consume(input.unread().size());
  return upgraded;
}

bool ConnectionExchange::finish(size_t discard_limit) {
  if (stream_ && !stream_->finish()) reusable_ = false;
  if (stream_ && !reusable_) return false;
  try {
    return reusable_ && body_.discard(discard_limit);
  } catch (const Error&) {
    return false;  // a malformed or broken rest of a request that was answered already
  }
}

}  // namespace gantry::http
