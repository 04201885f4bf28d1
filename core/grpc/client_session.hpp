// The side of a session that makes calls. Threads as in Session.
#pragma once

#include <memory>
#include <string>

#include "core/grpc/session.hpp"

namespace gantry::grpc {

class ClientSession : public Session {
 public:
  ClientSession();
  /// Begins a call. Throws Error{unavailable} when there can be none any more, Error{invalid} for
  /// what cannot be sent as a header field.
  std::shared_ptr<Stream> open(const std::string& path, const Metadata& metadata);
  void close_send(Stream& stream);
  /// Nobody is interested in the call any more.
  void abandon(Stream& stream);

 private:
  std::shared_ptr<Stream> accept() override { return nullptr; }
  void headers_received(Stream& stream) override;
  void peer_ended(Stream& stream) override;
  void stream_closed(Stream& stream, std::uint32_t error) override;
  void end_stream_sent(Stream&) override {}
  std::uint32_t finish_data(Stream&) override { return NGHTTP2_DATA_FLAG_EOF; }
  void begin_data(Stream&) override {}
  void fail(Stream& stream, Status status) override;
};

}  // namespace gantry::grpc
