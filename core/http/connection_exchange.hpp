// The Exchange of a real connection. One thread, one request; borrows its connection.
#pragma once

#include <optional>
#include <string>

#include "core/http/chunked_stream.hpp"
#include "core/http/connection.hpp"
#include "core/http/exchange.hpp"
#include "core/http/request_body.hpp"
#include "core/http/target.hpp"

namespace gantry::http {

class ConnectionExchange final : public Exchange {
 public:
  ConnectionExchange(Connection& connection, const RequestHead& head);

  const std::string& method() const override { return method_; }
  const std::string& path() const override { return path_; }
  ApiVersion version() const override { return version_; }
  const Query& query() const override;
  const std::string& param(std::string_view name) const override;
  std::string header(std::string_view name) const override;
  std::vector<std::string> headers(std::string_view name) const override;
  bool has_body() const override { return head_.has_body(); }
  BodyReader& body() override { return body_; }
  std::string read_body(size_t limit, bool json) override;
  void set_header(std::string_view name, std::string_view value) override;
  void send(int status, std::string_view content_type, std::string_view body) override;
  ResponseStream& stream(std::string_view content_type, int status) override;
  Hijacked hijack(std::string_view head) override;
  Upgraded upgrade(std::string_view head) override;
  const std::string& usual_headers() const override { return connection_.context().common_headers; }
  bool wants_upgrade() const override { return head_.has_upgrade; }
  Peer peer() const override { return connection_.peer(); }
  bool answered() const override { return answered_; }

  // For the dispatcher and the connection.
  const Target& target() const { return target_; }
  void set_route(ApiVersion version, Match match);
  /// Drops headers that the handler set for an answer it did not give.
  void clear_headers() { extra_.clear(); }
  /// The answer ends here, incomplete: no final chunk, so that the client cannot take it for whole.
  void break_off() {
    reusable_ = false;
    if (stream_) stream_->give_up();
  }
  /// Ends the answer and the request; true when the connection can be used for the next one.
  bool finish(size_t discard_limit);
  int status() const { return status_; }
  std::uint64_t bytes_sent() const { return stream_ ? stream_->sent() : bytes_sent_; }

 private:
  void check_unanswered() const;
  void begin_answer(int status);

  Connection& connection_;
  const RequestHead& head_;
  const Target target_;
  const std::string method_;
  const std::string path_;
  RequestBody body_;
  ApiVersion version_;
  Match match_;
  mutable std::optional<Query> query_;
  std::string& extra_;  // complete lines; the connection's, for its memory
  std::optional<ChunkedStream> stream_;
  bool answered_ = false;
  bool reusable_;
  int status_ = 0;
  std::uint64_t bytes_sent_ = 0;
};

}  // namespace gantry::http
